/*
 * A DNS response on the wire (RFC 1035 section 4): which addresses it gives for the name in its
 * question.
 *
 * What counts is in dnstap-answer(5): A and AAAA records of class IN in the answer section, and the
 * address hints of HTTPS and SVCB records (RFC 9460), whose owner is the question's name, or is
 * reached from it through the section's CNAMEs, HTTPS and SVCB records in any order. One pass reads
 * the section and checks all of it; names are compared by where they stand where that settles it,
 * and by a hash otherwise. Work on names is counted in steps: a message that would take more than
 * DNS_STEPS_MAX, as by long chains of pointers, is malformed. So the time of a message is bounded
 * by its size.
 *
 * Only the question and the answer section are looked at; what comes after is not.
 */
#ifndef DNS_H
#define DNS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "line/addr.h"
#include "line/name.h"

#define DNS_MESSAGE_MAX 65535

/*
 * The steps that a message of `size` bytes may take: one for each label and pointer that is walked
 * over, and for each 16 bytes of a name that is put together. A response takes one for each of its
 * records, of 16 bytes or more, where names are compressed, and less than one a byte where they are
 * not. The constant is for short messages with long names.
 */
#define DNS_STEPS_MAX(size) (4096 + (size_t)(size))

/*
 * A message with more hints than this, from four bytes each, is not made in earnest, and is
 * malformed.
 */
#define DNS_HINTS_MAX 1024

/* Types of record that hold hints. */
enum dns_hint { DNS_NO_HINT = 0, DNS_SVCB = 64, DNS_HTTPS = 65 };

struct dns;	/* one message at a time, and the memory for it */

enum dns_verdict {
	DNS_ANSWERS,	/* a response that answers, perhaps without an address */
	DNS_NO_ANSWER,	/* something else: a query, an error, another class */
	DNS_MALFORMED,	/* what should answer does not parse: nothing of it counts */
};

/* What makes a message malformed. */
enum dns_fault {
	DNS_SIZE,	/* shorter than a header, or longer than DNS_MESSAGE_MAX */
	DNS_QUESTIONS,	/* more than one: RFC 9619 section 4 */
	DNS_COUNT,	/* it ends before the records that the header counts */
	DNS_CUT,	/* it ends in a name, or in what comes before a record's data */
	DNS_LABEL,	/* neither a length nor a pointer stands where one has to */
	DNS_NAME,	/* a name longer than NAME_WIRE_MAX */
	DNS_POINTER,	/* one that does not lead back, or leads into the header */
	DNS_POINTERS,	/* names that take more than DNS_STEPS_MAX */
	/* Data that goes beyond the message, or has not the length that its type has. */
	DNS_RDLENGTH,
	DNS_SERVICE,	/* the data of an HTTPS or SVCB record: RFC 9460 section 2.2 */
	DNS_FAULTS,
};

/* What a record says of the question's name. */
struct dns_address {
	struct addr addr;
	uint32_t ttl;	/* the smallest on the way from the question, 0..INT32_MAX */
	unsigned alias;	/* the name that has it: 0 is the question's, others for dns_via */
	enum dns_hint hint;	/* the record that gives it, where it is not A or AAAA */
};

/* `seed` is random, so that nobody can choose names that collide. */
struct dns *dns_new(uint64_t seed);
void dns_free(struct dns *d);

/* Reads a message. `message` must stay where it is for the functions below. */
enum dns_verdict dns_decode(struct dns *d, struct str message);

/* After DNS_MALFORMED: the first thing that is wrong. */
enum dns_fault dns_fault(const struct dns *d);

/* The steps that the message took, at most DNS_STEPS_MAX of its size. */
size_t dns_steps(const struct dns *d);

/* The name of its counter: `dns_size`. */
const char *dns_fault_name(enum dns_fault fault);

/* After DNS_ANSWERS: the next record that counts, in the section's order; false at the end. */
bool dns_next(struct dns *d, struct dns_address *a);

/* Appends the question's name, canonical; wants NAME_STRLEN bytes free. */
void dns_name(const struct dns *d, struct buf *out);

/*
 * Appends the targets on the way from the question to `alias`, canonical, `,` between. What
 * `out` cannot take sets its overflow; it wants NAME_STRLEN bytes free for each name.
 */
void dns_via(struct dns *d, unsigned alias, struct buf *out);

#endif
