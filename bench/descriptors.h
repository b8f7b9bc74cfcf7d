/* SPDX-License-Identifier: BSD-3-Clause */
/* Many descriptors to watch. */
#ifndef BENCH_DESCRIPTORS_H
#define BENCH_DESCRIPTORS_H

/* Skip the workload where the limit of open files is below N and some. */
void descriptors_need(int n);
/*
 * N descriptors; fds[2i] and fds[2i + 1] are the ends of one pair.
 */
int *descriptors_pairs(int n);
/* N descriptors that are readable and writable, and stay so. */
int *descriptors_ready(int n);
void descriptors_close(int *fds, int n);

#endif
