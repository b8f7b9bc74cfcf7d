/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vocabulary of the workloads, spoken by every peer.
 *
 * PEER_HEADER names one of peer_*.h.  Each gives the same words to a library
 * by its public API, all static inline, so that a workload compiles to what
 * one would write for that library by hand:
 *
 *   struct loop    loop_open, loop_close
 *                  loop_turn    run what is due now, without waiting
 *                  loop_run, loop_stop
 *   struct delay   delay_of     a duration, converted before it is measured
 *   struct io      io_init      IO_READ, IO_WRITE; with IO_ONCE one report
 *                  io_start, io_start_within (a timeout that each report
 *                  begins anew), io_stop
 *                  io_touch     what a callback does to begin it anew
 *                  io_spend     what a callback of IO_ONCE does first
 *   struct writer  writer_init, writer_start, writer_stop: interest in writing
 *                  too, for an io that is started
 *   struct timer   timer_init   EVERY: periodic
 *                  timer_start, timer_stop
 *                  timer_reset  another delay for one that runs
 *   struct post    post_init, post_send: a callback at the next occasion
 *   struct wake    wake_init, wake_send from any thread, wake_close
 *   struct sig     sig_init, sig_start, sig_stop
 *   struct buffer  buffer_init, buffer_fini
 *                  buffer_add   bytes at the end, copied
 *                  buffer_drop  bytes off the front
 *                  buffer_take  the same, and copied
 *                  buffer_room, buffer_filled: to be written by the caller
 *                  buffer_print a text and a number
 *                  buffer_eol   where the line from there on ends, and then
 *                  where the next one begins; lines end with CR and LF
 *                  buffer_line  a line, copied and dropped, to be freed
 *                  buffer_find  where bytes are, or -1
 *                  buffer_move  all of another
 *                  buffer_write, buffer_read: a descriptor
 *   struct stream  stream_open  a connection with buffers, and who is called
 *                  when something came
 *                  stream_echo  send all of that back
 *                  stream_close
 *
 * A callback is defined with ON_IO(name), ON_TIMER, ON_POST, ON_WAKE,
 * ON_SIGNAL or ON_STREAM; in its body ARG is what was given to the init.
 *
 * What a library has no word for it leaves out, and does not define
 *   PEER_HAS_POST, PEER_HAS_ONCE (loop_once: a callback without an object),
 *   PEER_HAS_COMMON (delay_common: one of many equal delays), PEER_HAS_LOCKS
 *   (loop_open's LOCKED means something), PEER_HAS_BUFFER, PEER_HAS_STREAM,
 *   PEER_HAS_EXCLUSIVE (IO_EXCLUSIVE: one of all that watch it is told).
 * PEER_IO_SIZE, PEER_TIMER_SIZE and PEER_STREAM_SIZE are the sizes of the
 * library's own objects.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>

#include PEER_HEADER

/* The peer with its version, and the backend it runs on. */
const char *peer_version(void);
const char *peer_method(void);

#endif
