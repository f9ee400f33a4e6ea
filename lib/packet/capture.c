#define _GNU_SOURCE	/* fopencookie */
#include "packet/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define FILE_BLOCK (64 * 1024)	/* the most bytes of a read */

/* --- The filter --- */

static void
put_text(struct buf *out, const char *text)
{
	buf_str(out, str_of(text));
}

static void
put_ports(struct buf *out, const struct packet_limits *limits)
{
	for (size_t i = 0; i < limits->n_ports; i++) {
		put_text(out, i > 0 ? " or src port " : "src port ");
		buf_num(out, limits->ports[i]);
	}
}

static void
put_servers(struct buf *out, const struct packet_limits *limits)
{
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < limits->n_servers; i++) {
		put_text(out, i > 0 ? " or src net " : " and (src net ");
		buf_put(out, text, prefix_format(&limits->servers[i], text));
	}
	if (limits->n_servers > 0)
		put_text(out, ")");
}

/*
 * Only the first fragment has the port, and the filter does not find a port behind IPv6 extension
 * headers: all these packets are taken, and packet.h sorts them out.
 */
void
capture_filter(struct buf *out, const struct packet_limits *limits)
{
	put_text(out, "((");
	put_ports(out, limits);
	put_text(out, " or (ip[6:2] & 0x1fff != 0 and (ip proto 6 or ip proto 17))"
	    " or ip6 proto 0 or ip6 proto 43 or ip6 proto 44 or ip6 proto 51 or ip6 proto 60)");
	put_servers(out, limits);
	put_text(out, ")");
}

/* The filter must also name tags: the kernel may have moved them out of the packet, or not. */
static void
make_filter(struct buf *out, const struct packet_limits *limits, int link_type)
{
	unsigned tags = link_type == LINK_ETHERNET ? 2 : 0;

	capture_filter(out, limits);
	for (unsigned i = 0; i < tags; i++) {
		put_text(out, " or (vlan and (");
		capture_filter(out, limits);
	}
	for (unsigned i = 0; i < tags; i++)
		put_text(out, "))");
	buf_byte(out, '\0');
}

static const char *
set_filter(struct capture *c, const struct packet_limits *limits)
{
	struct buf text = BUF(CAPTURE_FILTER_MAX);
	struct bpf_program program;
	const char *why = NULL;

	make_filter(&text, limits, c->link_type);
	if (text.overflow)
		why = "too many ports and addresses for a filter";
	else if (pcap_compile(c->pcap, &program, text.data, 1, PCAP_NETMASK_UNKNOWN) < 0)
		why = pcap_geterr(c->pcap);
	else {
		if (pcap_setfilter(c->pcap, &program) < 0)
			why = pcap_geterr(c->pcap);
		pcap_freecode(&program);
	}
	buf_free(&text);
	return why;
}

/* --- Live captures --- */

/* Nothing in this process can remove the filter, and so read other packets. */
static const char *
lock_filter(struct capture *c)
{
	const int on = 1;

	return setsockopt(pcap_fileno(c->pcap), SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) == 0 ?
	    NULL : strerror(errno);
}

static bool
is_loopback(const char *interface)
{
	struct ifreq request = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is;

	strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
	is = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	    (request.ifr_flags & IFF_LOOPBACK) != 0;
	if (fd >= 0)
		close(fd);
	return is;
}

static bool
is_cooked(const struct capture *c)
{
	return c->link_type == LINK_COOKED || c->link_type == LINK_COOKED_2;
}

/*
 * libpcap takes the outgoing packets of the interface lo for copies of the incoming ones and drops
 * them, on lo and on "any": there PCAP_D_OUT would leave no packet of lo.
 */
static const char *
set_direction(struct capture *c, bool incoming)
{
	if (incoming || is_cooked(c) || is_loopback(c->name) ||
	    pcap_setdirection(c->pcap, PCAP_D_OUT) == 0)
		return NULL;
	return pcap_geterr(c->pcap);
}

/* The reason of a failure to open an interface. */
static const char *
open_failure(struct capture *c, int status)
{
	const char *detail = pcap_geterr(c->pcap);

	if (status == PCAP_ERROR_PERM_DENIED)
		return "permission denied; needs CAP_NET_RAW";
	if (status == PCAP_ERROR_NO_SUCH_DEVICE)
		return "no such interface";
	if (status == PCAP_ERROR_IFACE_NOT_UP)
		return "the interface is down";
	snprintf(c->error, sizeof(c->error), "%s", detail[0] != '\0' ? detail :
	    pcap_statustostr(status));
	return c->error;
}

static const char *
activate(struct capture *c)
{
	int status;

	pcap_set_snaplen(c->pcap, CAPTURE_BYTES);
	pcap_set_buffer_size(c->pcap, CAPTURE_RING);
	pcap_set_immediate_mode(c->pcap, 1);
	status = pcap_activate(c->pcap);
	if (status < 0)
		return open_failure(c, status);
	if (pcap_setnonblock(c->pcap, 1, c->error) < 0)
		return c->error;
	return NULL;
}

static const char *
check_link_type(struct capture *c)
{
	const char *name;

	c->link_type = pcap_datalink(c->pcap);
	if (link_is_known(c->link_type))
		return NULL;
	name = pcap_datalink_val_to_name(c->link_type);
	snprintf(c->error, sizeof(c->error), "link type %s (%d) is not supported",
	    name != NULL ? name : "unknown", c->link_type);
	return c->error;
}

_Static_assert(sizeof(((struct capture *)NULL)->error) >= PCAP_ERRBUF_SIZE, "room for an error");

const char *
capture_open_live(struct capture *c, const char *interface, const struct packet_limits *limits,
    bool incoming)
{
	const char *why;

	*c = (struct capture){ .name = interface, .live = true };
	c->pcap = pcap_create(interface, c->error);
	if (c->pcap == NULL)
		return c->error;
	why = activate(c);
	if (why == NULL)
		why = check_link_type(c);
	if (why == NULL)
		why = set_filter(c, limits);
	if (why == NULL)
		why = set_direction(c, incoming);
	return why != NULL ? why : lock_filter(c);
}

/* Whether the file begins with a digit other than 0. */
static bool
is_set(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char digit = '0';
	bool is = fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';

	if (fd >= 0)
		close(fd);
	return is;
}

bool
capture_has_forwarded(const struct capture *c)
{
	return !is_loopback(c->name) && (is_set("/proc/sys/net/ipv4/ip_forward") ||
	    is_set("/proc/sys/net/ipv6/conf/all/forwarding"));
}

int
capture_fd(const struct capture *c)
{
	return pcap_get_selectable_fd(c->pcap);
}

bool
capture_is_down(const struct capture *c)
{
	return pcap_get_required_select_timeout(c->pcap) != NULL;
}

/* The times of a file are unchecked; answer lines have eleven digits of seconds. */
static int64_t
time_of(const struct timeval *t)
{
	if (t->tv_sec < 0 || t->tv_sec > TIME_MAX / SECOND || t->tv_usec < 0 ||
	    t->tv_usec >= SECOND)
		return -1;
	return (int64_t)t->tv_sec * SECOND + t->tv_usec;
}

static void
pass(u_char *arg, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct capture *c = (struct capture *)arg;

	c->fn(c->arg, c->link_type, (struct str){ (const char *)bytes, header->caplen },
	    header->len, time_of(&header->ts));
}

const char *
capture_take(struct capture *c, int limit, capture_fn *fn, void *arg)
{
	c->fn = fn;
	c->arg = arg;
	return pcap_dispatch(c->pcap, limit, pass, (u_char *)c) < 0 ? pcap_geterr(c->pcap) : NULL;
}

uint64_t
capture_dropped(const struct capture *c)
{
	struct pcap_stat counters;

	if (!c->live || c->pcap == NULL || pcap_stats(c->pcap, &counters) < 0)
		return 0;
	return counters.ps_drop;
}

/* --- Files --- */

static ssize_t
read_file(void *cookie, char *data, size_t n)
{
	struct capture *c = cookie;
	ssize_t got = c->read(c->arg, data, n);
	size_t room = sizeof(c->start) - c->start_n;

	c->is_empty = got == 0 && c->start_n == 0;
	if (got > 0 && room > 0) {
		room = room < (size_t)got ? room : (size_t)got;
		memcpy(c->start + c->start_n, data, room);
		c->start_n += room;
	}
	return got;
}

/* Why a file is not a capture. */
static const char *
wrong_file(const struct capture *c)
{
	const struct kind *kind = kind_of((struct str){ c->start, c->start_n });

	if (c->is_empty)
		return "empty; is it the file that receives the capture?";
	return kind != NULL && !kind_is_capture(kind) ? kind_text(kind, "pcap-read") : c->error;
}

const char *
capture_open_file(struct capture *c, const char *name, capture_read_fn *read, void *arg)
{
	FILE *file;

	*c = (struct capture){ .name = name, .read = read, .arg = arg };
	file = fopencookie(c, "r", (cookie_io_functions_t){ .read = read_file });
	if (file == NULL)
		return strerror(errno);
	setvbuf(file, NULL, _IOFBF, FILE_BLOCK);
	c->pcap = pcap_fopen_offline(file, c->error);
	if (c->pcap == NULL) {
		fclose(file);
		return wrong_file(c);
	}
	return check_link_type(c);
}

enum capture_result
capture_next(struct capture *c, capture_fn *fn, void *arg)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;

	switch (pcap_next_ex(c->pcap, &header, &bytes)) {
	case 1:
		fn(arg, c->link_type, (struct str){ (const char *)bytes, header->caplen },
		    header->len, time_of(&header->ts));
		return CAPTURE_PACKET;
	case PCAP_ERROR_BREAK:
		return CAPTURE_END;
	default:
		snprintf(c->error, sizeof(c->error), "%s", pcap_geterr(c->pcap));
		return CAPTURE_FAILED;
	}
}

void
capture_close(struct capture *c)
{
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	c->pcap = NULL;
}
