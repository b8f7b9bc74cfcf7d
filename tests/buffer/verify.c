/* SPDX-License-Identifier: BSD-3-Clause */
/* See verify.h. */
#include "verify.h"

#include "../../libev-buffer/src/evbuffer.h"

/* What holds for every chain. */
static const char *
verify_chain(const struct evbuffer *buf, struct chain *chain)
{
	if (chain->begin > chain->capacity ||
		chain->length > chain->capacity - chain->begin)
		return "data beyond the memory of a chain";
	if (atomic_load(&chain->self.count) < 1)
		return "a chain that nobody holds";
	if (chain->kind != CHAIN_OWN && chain_room(chain))
		return "room in memory of another's";
	if (chain->kind == CHAIN_OWN && chain->holder)
		return "own memory with a holder";
	if (!chain->memory &&
		(chain->kind != CHAIN_FILE || !(buf->flags & BUF_FILES)))
		return "no memory";
	return NULL;
}

/* What holds besides for chains without data. */
static const char *
verify_room(struct chain *chain)
{
	if (!chain_is_mine(chain))
		return "room that another has";
	if (chain->begin)
		return "room that does not begin where its memory does";
	return NULL;
}

/* The chain that a search went to last is where it is said to be. */
static const char *
verify_sought(const struct evbuffer *buf)
{
	const struct chain *chain;
	size_t before = 0;

	if (!buf->sought)
		return NULL;
	for (chain = buf->first; chain != buf->sought; chain = chain->next) {
		if (!chain)
			return "the chain sought last is gone";
		before += chain->length;
	}
	return chain->length && before == buf->sought_pos
		       ? NULL
		       : "the chain sought last is elsewhere";
}

const char *
verify(const struct evbuffer *buf)
{
	struct chain *chain;
	const char *fault;
	size_t sum = 0;
	int behind = 0;

	if (!buf->first != !buf->tail)
		return "a first chain or a tail alone";
	if (!buf->length && buf->tail != buf->first)
		return "empty, but the tail is not the first";
	for (chain = buf->first; chain; chain = chain->next) {
		fault = verify_chain(buf, chain);
		if (!fault && !chain->length)
			fault = verify_room(chain);
		if (!fault && buf->length && (chain->length == 0) != behind)
			fault = "data behind the tail, or none before it";
		if (fault)
			return fault;
		sum += chain->length;
		behind |= chain == buf->tail;
	}
	if (buf->first && !behind)
		return "the tail is not in the list";
	if (sum != buf->length)
		return "the length is not that of its data";
	return verify_sought(buf);
}
