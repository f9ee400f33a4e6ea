/*
 * The known keys of answer lines, in the order in which programs write them. A filter passes an
 * unknown key on unchanged, and a consumer ignores it.
 */
#ifndef ANSWER_KEY_H
#define ANSWER_KEY_H

#include "base/buf.h"
#include "base/str.h"

enum answer_key {
	ANSWER_VIA, /* CNAME targets and TargetNames in order; for dnstap-match and ipcache */
	ANSWER_CLIENT, /* the client's address; answer_parse checks it */
	ANSWER_TYPE,   /* HTTPS or SVCB; informational */
	ANSWER_TAP,    /* a dnstap type other than CLIENT_RESPONSE; informational */
	ANSWER_SERVER, /* the identity of the resolver; informational */
	ANSWER_TAG,    /* the lists that match; from dnstap-match, for ipcache */
	ANSWER_RULE,   /* the entry that decides for each tag; from dnstap-match, for ipcache */
	ANSWER_FIRST,  /* the time when an ipcache first saw NAME with ADDRESS; for ipcache */
	ANSWER_KEYS
};

extern const struct str answer_key_names[ANSWER_KEYS];

/* The key with this name, or ANSWER_KEYS for an unknown key. */
enum answer_key answer_key_of(struct str name);

/* Appends ` KEY=`; the caller appends the value. */
void answer_key_begin(struct buf *out, enum answer_key key);

/* Appends ` KEY=VALUE`, or nothing when the value is absent. */
void answer_key_put(struct buf *out, enum answer_key key, struct str value);

#endif
