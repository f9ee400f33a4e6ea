#include "packet/nfqueue.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "packet/octets.h"

#define TYPE(message) (NFNL_SUBSYS_QUEUE << 8 | (message))
#define HEADER sizeof(struct nlmsghdr)
#define ATTRIBUTE sizeof(struct nlattr)

/* --- Messages to the kernel --- */

static void
pad(struct buf *out)
{
	while (out->len % NLMSG_ALIGNTO != 0)
		buf_byte(out, 0);
}

/* Begins a message. Returns its offset in `out`, for end. */
static size_t
begin(struct buf *out, uint16_t message, uint16_t flags, uint16_t queue, uint32_t id)
{
	const struct nlmsghdr header = { .nlmsg_type = TYPE(message),
	    .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = id };
	const struct nfgenmsg netfilter = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0,
	    .res_id = htons(queue) };
	size_t at = out->len;

	buf_put(out, &header, sizeof(header));
	buf_put(out, &netfilter, sizeof(netfilter));
	return at;
}

static void
end(struct buf *out, size_t at)
{
	uint32_t length = (uint32_t)(out->len - at);

	if (!out->overflow)
		memcpy(out->data + at, &length, sizeof(length));
}

static void
put_attribute(struct buf *out, uint16_t type, const void *data, size_t n)
{
	const struct nlattr header = { .nla_len = (uint16_t)(ATTRIBUTE + n), .nla_type = type };

	buf_put(out, &header, sizeof(header));
	buf_put(out, data, n);
	pad(out);
}

static void
put_number(struct buf *out, uint16_t type, uint32_t value)
{
	value = htonl(value);
	put_attribute(out, type, &value, sizeof(value));
}

static void
put_command(struct buf *out, uint8_t command)
{
	const struct nfqnl_msg_config_cmd c = { .command = command };

	put_attribute(out, NFQA_CFG_CMD, &c, sizeof(c));
}

/* Binding an address family has had no effect since Linux 3.8, but needs the same capability. */
void
nfqueue_put_probe(struct buf *out, uint32_t id)
{
	size_t at = begin(out, NFQNL_MSG_CONFIG, NLM_F_ACK, 0, id);

	put_command(out, NFQNL_CFG_CMD_PF_BIND);
	end(out, at);
}

/*
 * One message, because a queue without a copy mode drops its packets. NFQA_CFG_F_GSO is off, so the
 * kernel segments large packets before the queue.
 */
void
nfqueue_put_bind(struct buf *out, uint16_t queue, uint32_t length, uint32_t id)
{
	const struct nfqnl_msg_config_params whole = { .copy_range = htonl(UINT16_MAX),
	    .copy_mode = NFQNL_COPY_PACKET };
	size_t at = begin(out, NFQNL_MSG_CONFIG, NLM_F_ACK, queue, id);

	put_command(out, NFQNL_CFG_CMD_BIND);
	put_attribute(out, NFQA_CFG_PARAMS, &whole, sizeof(whole));
	put_number(out, NFQA_CFG_QUEUE_MAXLEN, length);
	put_number(out, NFQA_CFG_MASK,
	    NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_CONNTRACK | NFQA_CFG_F_GSO);
	put_number(out, NFQA_CFG_FLAGS, NFQA_CFG_F_FAIL_OPEN);
	end(out, at);
}

/* A queue of length 0 is always full, so NFQA_CFG_F_FAIL_OPEN accepts the packet. */
void
nfqueue_put_stop(struct buf *out, uint16_t queue)
{
	size_t at = begin(out, NFQNL_MSG_CONFIG, 0, queue, 0);

	put_number(out, NFQA_CFG_QUEUE_MAXLEN, 0);
	end(out, at);
}

static void
put_verdict(struct buf *out, uint16_t message, uint16_t queue, uint32_t packet)
{
	const struct nfqnl_msg_verdict_hdr accept = { .verdict = htonl(NF_ACCEPT),
	    .id = htonl(packet) };
	size_t at = begin(out, message, 0, queue, 0);

	put_attribute(out, NFQA_VERDICT_HDR, &accept, sizeof(accept));
	end(out, at);
}

void
nfqueue_put_accept(struct buf *out, uint16_t queue, uint32_t packet)
{
	put_verdict(out, NFQNL_MSG_VERDICT, queue, packet);
}

void
nfqueue_put_accept_through(struct buf *out, uint16_t queue, uint32_t packet)
{
	put_verdict(out, NFQNL_MSG_VERDICT_BATCH, queue, packet);
}

/* --- Messages from the kernel --- */

static size_t
padded(size_t n)
{
	return (n + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

/* Removes the first n bytes and their padding, which the last message or attribute may lack. */
static struct str
skip(struct str data, size_t n)
{
	size_t whole = padded(n);

	return octets_after(data, whole < data.n ? whole : data.n);
}

/* Takes the next attribute. False at the end, and at an attribute that is malformed. */
static bool
next_attribute(struct str *rest, unsigned *type, struct str *value)
{
	struct nlattr header;

	if (rest->n < ATTRIBUTE)
		return false;
	memcpy(&header, rest->p, sizeof(header));
	if (header.nla_len < ATTRIBUTE || header.nla_len > rest->n)
		return false;
	*type = header.nla_type & NLA_TYPE_MASK;
	*value = (struct str){ rest->p + ATTRIBUTE, header.nla_len - ATTRIBUTE };
	*rest = skip(*rest, header.nla_len);
	return true;
}

static void
read_packet(struct str body, struct nfqueue_event *event)
{
	struct str value;
	unsigned type;

	if (body.n < sizeof(struct nfgenmsg))
		return;
	body = skip(body, sizeof(struct nfgenmsg));
	while (next_attribute(&body, &type, &value)) {
		if (type == NFQA_PACKET_HDR && value.n >= sizeof(event->packet)) {
			event->packet = octets_u32(value, 0);
			event->kind = NFQUEUE_PACKET;
		} else if (type == NFQA_PAYLOAD) {
			event->ip = value;
		} else if (type == NFQA_CAP_LEN && value.n >= sizeof(uint32_t)) {
			event->length = octets_u32(value, 0);
		}
	}
	/* NFQA_CAP_LEN is absent if the payload is the whole packet. */
	if (event->length < event->ip.n)
		event->length = event->ip.n;
}

static void
read_reply(struct str body, struct nfqueue_event *event)
{
	struct nlmsgerr reply;

	if (body.n < sizeof(reply))
		return;
	memcpy(&reply, body.p, sizeof(reply));
	event->kind = NFQUEUE_REPLY;
	event->error = reply.error < -INT_MAX ? INT_MAX : -reply.error;
	event->id = reply.msg.nlmsg_seq;
}

bool
nfqueue_next(struct str *data, struct nfqueue_event *event)
{
	struct nlmsghdr header;
	struct str body;

	if (data->n < HEADER)
		return false;
	memcpy(&header, data->p, sizeof(header));
	if (header.nlmsg_len < HEADER || header.nlmsg_len > data->n)
		return false;
	body = (struct str){ data->p + HEADER, header.nlmsg_len - HEADER };
	*event = (struct nfqueue_event){ .kind = NFQUEUE_OTHER };
	if (header.nlmsg_type == TYPE(NFQNL_MSG_PACKET))
		read_packet(body, event);
	else if (header.nlmsg_type == NLMSG_ERROR)
		read_reply(body, event);
	*data = skip(*data, header.nlmsg_len);
	return true;
}
