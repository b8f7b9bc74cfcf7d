/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How programs name a whole API once: that they compile proves types and
 * values, that they link, that each function is exported.
 */
#ifndef EV_TEST_API_H
#define EV_TEST_API_H

typedef void generic_fn(void);

static generic_fn *volatile taken;
static int functions;

/* The address goes through a volatile, so that the linker has to find it. */
static inline void
take(generic_fn *fn)
{
	taken = fn;
	functions++;
}

/* No type but the given one has an entry: any other does not compile. */
#define TAKE(result, name, params) \
	_Generic(&(name), result(*) params : take)((generic_fn *)(name))

#define SAME(type, ...) \
	_Static_assert(_Generic((type *)0, __VA_ARGS__ * : 1), #type)
#define EQUAL(name, value) _Static_assert((name) == (value), #name)

#endif
