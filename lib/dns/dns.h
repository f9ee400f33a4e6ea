/*
 * Decodes a DNS response (RFC 1035 section 4): the addresses that it gives for the name in its
 * question, as defined in dnstap-answer(5).
 *
 * The addresses come from the A and AAAA records of class IN in the answer section, and from the
 * address hints of HTTPS and SVCB records (RFC 9460). The owner of such a record must be the
 * question's name, or a name to which the section's CNAME, HTTPS and SVCB records lead from there.
 *
 * One pass reads and checks the section. Names are compared by their offset in the message if that
 * is sufficient, else by a hash. Work on names is counted in steps. A message that needs more than
 * DNS_STEPS_MAX, such as a message with long chains of pointers, is malformed. So the size of a
 * message bounds the decoding time.
 *
 * The sections after the answer section are ignored.
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
 * The steps that a message of `size` bytes may take: one for each label or pointer read, and for
 * each 16 bytes of a name that is copied. A usual response takes one step for each record if names
 * are compressed, and otherwise less than one for each byte. The constant 4096 leaves room for
 * short messages with long names.
 */
#define DNS_STEPS_MAX(size) (4096 + (size_t)(size))

/* The most address hints in a message. A message with more is malformed. */
#define DNS_HINTS_MAX 1024

/* The types of records with address hints. */
enum dns_hint { DNS_NO_HINT = 0, DNS_SVCB = 64, DNS_HTTPS = 65 };

struct dns;	/* a decoder, which holds one message at a time */

enum dns_verdict {
	DNS_ANSWERS,	/* an answer, perhaps without addresses */
	DNS_NO_ANSWER,	/* a query, an error, or a class other than IN */
	DNS_MALFORMED,	/* a response that does not parse; it yields no addresses */
};

/* The faults of a malformed message. */
enum dns_fault {
	DNS_SIZE,	/* shorter than a header, or longer than DNS_MESSAGE_MAX */
	DNS_QUESTIONS,	/* more than one question: RFC 9619 section 4 */
	DNS_COUNT,	/* fewer records than the header states */
	DNS_CUT,	/* the message ends in a name, or before the data of a record */
	DNS_LABEL,	/* a byte that is neither a label's length nor a pointer */
	DNS_NAME,	/* a name longer than NAME_WIRE_MAX */
	DNS_POINTER,	/* a pointer forward, or into the header */
	DNS_POINTERS,	/* more than DNS_STEPS_MAX steps */
	/* RDATA that exceeds the message, or has the wrong length for its type. */
	DNS_RDLENGTH,
	DNS_SERVICE,	/* invalid HTTPS or SVCB data: RFC 9460 section 2.2 */
	DNS_FAULTS,
};

/* An address for the question's name. */
struct dns_address {
	struct addr addr;
	uint32_t ttl;	/* the minimum on the path from the question, 0..INT32_MAX */
	unsigned alias;	/* argument of dns_via: the name that has the address; 0: the question */
	enum dns_hint hint;	/* the type of the record, if HTTPS or SVCB */
};

/* `seed` must be random, so that an attacker cannot choose names that collide. */
struct dns *dns_new(uint64_t seed);
void dns_free(struct dns *d);

/* Decodes a message, which must stay unchanged while the functions below are used. */
enum dns_verdict dns_decode(struct dns *d, struct str message);

/* The first fault of a malformed message. */
enum dns_fault dns_fault(const struct dns *d);

/* The steps that the message took, at most DNS_STEPS_MAX(size). */
size_t dns_steps(const struct dns *d);

/* The name of the counter of this fault, such as `dns_size`. */
const char *dns_fault_name(enum dns_fault fault);

/* Returns the next address of an answer, in the order of the section. False at the end. */
bool dns_next(struct dns *d, struct dns_address *a);

/* Appends the question's name in canonical form; needs NAME_STRLEN bytes free. */
void dns_name(const struct dns *d, struct buf *out);

/*
 * Appends the targets on the path from the question to `alias`, in canonical form, with commas
 * between them. Needs NAME_STRLEN bytes free for each name; otherwise `out` overflows.
 */
void dns_via(struct dns *d, unsigned alias, struct buf *out);

#endif
