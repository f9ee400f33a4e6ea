#include "packet/nfqueue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>

#include "unit.h"

#define PACKET (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)
#define MESSAGE_MAX 4096

/* Appends a message with this body. */
static void
put_message(struct buf *b, uint16_t type, struct str body)
{
	const struct nlmsghdr header = { .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + body.n),
	    .nlmsg_type = type };

	buf_put(b, &header, sizeof(header));
	buf_str(b, body);
	while (b->len % NLMSG_ALIGNTO != 0)
		buf_byte(b, 0);
}

static void
put_attribute(struct buf *b, uint16_t type, struct str value)
{
	const struct nlattr header = { .nla_len = (uint16_t)(NLA_HDRLEN + value.n),
	    .nla_type = type };

	buf_put(b, &header, sizeof(header));
	buf_str(b, value);
	while (b->len % NLA_ALIGNTO != 0)
		buf_byte(b, 0);
}

/* The body of a message about packet `number`. */
static struct buf
body_of(uint32_t number, struct str ip, uint32_t whole)
{
	const struct nfqnl_msg_packet_hdr header = { .packet_id = htonl(number) };
	struct buf b = BUF(MESSAGE_MAX);

	buf_u32(&b, 0);
	put_attribute(&b, NFQA_PACKET_HDR, (struct str){ (const char *)&header, sizeof(header) });
	put_attribute(&b, NFQA_IFINDEX_OUTDEV, STR("abcd"));
	if (whole != 0) {
		whole = htonl(whole);
		put_attribute(&b, NFQA_CAP_LEN, (struct str){ (const char *)&whole, 4 });
	}
	put_attribute(&b, NFQA_PAYLOAD, ip);
	return b;
}

START_TEST(a_packet_is_read)
{
	struct buf body = body_of(77, STR("abcde"), 0), b = BUF(MESSAGE_MAX);
	struct nfqueue_event e;
	struct str data;

	put_message(&b, PACKET, buf_view(&body));
	data = buf_view(&b);
	ck_assert(nfqueue_next(&data, &e));
	ck_assert_int_eq(e.kind, NFQUEUE_PACKET);
	ck_assert(e.packet == 77 && e.length == 5 && str_eq(e.ip, STR("abcde")));
	ck_assert(data.n == 0 && !nfqueue_next(&data, &e));
	buf_free(&body);
	buf_free(&b);
}
END_TEST

START_TEST(a_packet_may_be_cut_or_absent)
{
	struct buf cut = body_of(1, STR("abcde"), 9), absent = body_of(2, STR(""), 0);
	struct buf b = BUF(MESSAGE_MAX);
	struct nfqueue_event e;
	struct str data;

	put_message(&b, PACKET, buf_view(&cut));
	put_message(&b, PACKET, buf_view(&absent));
	data = buf_view(&b);
	ck_assert(nfqueue_next(&data, &e) && e.packet == 1 && e.length == 9 && e.ip.n == 5);
	ck_assert(nfqueue_next(&data, &e) && e.packet == 2 && e.length == 0 && e.ip.n == 0);
	buf_free(&cut);
	buf_free(&absent);
	buf_free(&b);
}
END_TEST

START_TEST(a_reply_has_the_error_and_the_request)
{
	const struct nlmsgerr refused = { .error = -EPERM, .msg.nlmsg_seq = 5 };
	struct buf b = BUF(MESSAGE_MAX);
	struct nfqueue_event e;
	struct str data;

	put_message(&b, NLMSG_ERROR, (struct str){ (const char *)&refused, sizeof(refused) });
	put_message(&b, NLMSG_NOOP, STR(""));
	put_message(&b, NLMSG_ERROR, STR("cut"));
	data = buf_view(&b);
	ck_assert(nfqueue_next(&data, &e));
	ck_assert(e.kind == NFQUEUE_REPLY && e.error == EPERM && e.id == 5);
	ck_assert(nfqueue_next(&data, &e) && e.kind == NFQUEUE_OTHER);
	ck_assert(nfqueue_next(&data, &e) && e.kind == NFQUEUE_OTHER);
	ck_assert(!nfqueue_next(&data, &e));
	buf_free(&b);
}
END_TEST

/* A message that is cut anywhere is refused, or has no packet, or the packet is cut. */
START_TEST(a_cut_message_is_harmless)
{
	struct buf body = body_of(77, STR("abcdefgh"), 0);
	struct nfqueue_event e;

	for (size_t n = 0; n < body.len; n++) {
		struct buf b = BUF(MESSAGE_MAX);
		struct str data;

		put_message(&b, PACKET, (struct str){ body.data, n });
		data = buf_view(&b);
		ck_assert(nfqueue_next(&data, &e) && e.ip.n == 0);
		ck_assert(e.kind == NFQUEUE_OTHER || e.packet == 77);
		data = (struct str){ b.data, NLMSG_HDRLEN + n - (n > 0) };
		ck_assert(n == 0 || !nfqueue_next(&data, &e));
		buf_free(&b);
	}
	buf_free(&body);
}
END_TEST

/* The attribute of a message that has been written, or an absent view. */
static struct str
attribute(struct str message, uint16_t type)
{
	size_t at = NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	struct nlattr header;

	for (; at + NLA_HDRLEN <= message.n; at += NLA_ALIGN(header.nla_len)) {
		memcpy(&header, message.p + at, sizeof(header));
		if (header.nla_type == type)
			return (struct str){ message.p + at + NLA_HDRLEN,
			    header.nla_len - NLA_HDRLEN };
	}
	return (struct str){ NULL, 0 };
}

static uint32_t
number(struct str value)
{
	uint32_t n;

	ck_assert_uint_eq(value.n, sizeof(n));
	memcpy(&n, value.p, sizeof(n));
	return ntohl(n);
}

/* Checks the headers of a message, which is the whole buffer. */
static void
check_headers(const struct buf *b, unsigned type, unsigned flags, unsigned queue, uint32_t id)
{
	struct nlmsghdr header;
	struct nfgenmsg netfilter;

	memcpy(&header, b->data, sizeof(header));
	memcpy(&netfilter, b->data + NLMSG_HDRLEN, sizeof(netfilter));
	ck_assert_uint_eq(header.nlmsg_len, b->len);
	ck_assert_uint_eq(header.nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | type);
	ck_assert_uint_eq(header.nlmsg_flags, NLM_F_REQUEST | flags);
	ck_assert_uint_eq(header.nlmsg_seq, id);
	ck_assert_uint_eq(ntohs(netfilter.res_id), queue);
}

START_TEST(binding_sets_length_copy_mode_and_flags)
{
	struct buf b = BUF(MESSAGE_MAX);
	struct nfqnl_msg_config_params params;
	struct str value;

	nfqueue_put_bind(&b, 700, 192, 9);
	check_headers(&b, NFQNL_MSG_CONFIG, NLM_F_ACK, 700, 9);
	value = attribute(buf_view(&b), NFQA_CFG_CMD);
	ck_assert_int_eq(value.p[0], NFQNL_CFG_CMD_BIND);
	value = attribute(buf_view(&b), NFQA_CFG_PARAMS);
	ck_assert_uint_eq(value.n, sizeof(params));
	memcpy(&params, value.p, sizeof(params));
	ck_assert(params.copy_mode == NFQNL_COPY_PACKET && ntohl(params.copy_range) == 65535);
	ck_assert_uint_eq(number(attribute(buf_view(&b), NFQA_CFG_QUEUE_MAXLEN)), 192);
	ck_assert_uint_eq(number(attribute(buf_view(&b), NFQA_CFG_FLAGS)), NFQA_CFG_F_FAIL_OPEN);
	ck_assert_uint_eq(number(attribute(buf_view(&b), NFQA_CFG_MASK)),
	    NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_CONNTRACK | NFQA_CFG_F_GSO);
	buf_free(&b);
}
END_TEST

START_TEST(stopping_sets_the_length_to_0)
{
	struct buf b = BUF(MESSAGE_MAX);

	nfqueue_put_stop(&b, 7);
	check_headers(&b, NFQNL_MSG_CONFIG, 0, 7, 0);
	ck_assert_uint_eq(number(attribute(buf_view(&b), NFQA_CFG_QUEUE_MAXLEN)), 0);
	ck_assert_ptr_null(attribute(buf_view(&b), NFQA_CFG_CMD).p);
	buf_free(&b);
}
END_TEST

static void
check_verdict(struct buf *b, unsigned type)
{
	struct nfqnl_msg_verdict_hdr verdict;
	struct str value = attribute(buf_view(b), NFQA_VERDICT_HDR);

	check_headers(b, type, 0, 7, 0);
	ck_assert_uint_eq(value.n, sizeof(verdict));
	memcpy(&verdict, value.p, sizeof(verdict));
	ck_assert(ntohl(verdict.id) == 4000000000 && ntohl(verdict.verdict) == NF_ACCEPT);
	buf_cut(b, 0);
}

START_TEST(verdicts_accept)
{
	struct buf b = BUF(MESSAGE_MAX);

	nfqueue_put_accept(&b, 7, 4000000000);
	check_verdict(&b, NFQNL_MSG_VERDICT);
	nfqueue_put_accept_through(&b, 7, 4000000000);
	check_verdict(&b, NFQNL_MSG_VERDICT_BATCH);
	buf_free(&b);
}
END_TEST

UNIT_MAIN("nfqueue", a_packet_is_read, a_packet_may_be_cut_or_absent,
    a_reply_has_the_error_and_the_request, a_cut_message_is_harmless,
    binding_sets_length_copy_mode_and_flags, stopping_sets_the_length_to_0, verdicts_accept)
