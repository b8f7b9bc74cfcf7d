/* SPDX-License-Identifier: BSD-3-Clause */
/* Text of evutil: the same in every locale. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <event2/util.h>

int
evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
{
	int n = vsnprintf(buf, buflen, format, ap);

	if (n < 0 && buflen > 0)
		buf[0] = '\0';
	return n;
}

int
evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = evutil_vsnprintf(buf, buflen, format, args);
	va_end(args);
	return n;
}

ev_int64_t
evutil_strtoll(const char *s, char **endptr, int base)
{
	return strtoll(s, endptr, base);
}

static int
lower(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
}

int
evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n)
{
	for (; n > 0; n--, str1++, str2++) {
		int a = lower(*str1), b = lower(*str2);

		if (a != b || a == 0)
			return (a > b) - (a < b);
	}
	return 0;
}

int
evutil_ascii_strcasecmp(const char *str1, const char *str2)
{
	return evutil_ascii_strncasecmp(str1, str2, SIZE_MAX);
}

static const char *
name(const char *const *names, int n, int i)
{
	return i >= 0 && i < n ? names[i] : "???";
}

int
evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm)
{
	static const char *const days[] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm utc;

	if (!tm)
		tm = gmtime_r(&now, &utc);
	if (!tm)
		return -1;
	return evutil_snprintf(date, datelen,
		"%s, %02d %s %4d %02d:%02d:%02d GMT",
		name(days, 7, tm->tm_wday), tm->tm_mday,
		name(months, 12, tm->tm_mon), tm->tm_year + 1900, tm->tm_hour,
		tm->tm_min, tm->tm_sec);
}
