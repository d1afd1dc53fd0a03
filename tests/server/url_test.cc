// SPDX-License-Identifier: Apache-2.0
#include "server/url.h"

#include <gtest/gtest.h>

namespace rap::testing {
namespace {

using server::parse_url;
using server::resolve_location;
using server::Url;

TEST(Url, IsReadIntoItsParts) {
  EXPECT_EQ(parse_url("http://example.org"), (Url{false, "example.org", 80, "/"}));
  EXPECT_EQ(parse_url("HTTPS://Example.ORG/A/b.jpg?c=D&e#f"), (Url{true, "example.org", 443, "/A/b.jpg?c=D&e"}));
  EXPECT_EQ(parse_url("http://example.org:8080?q"), (Url{false, "example.org", 8080, "/?q"}));
  EXPECT_EQ(parse_url("http://192.0.2.1:80/"), (Url{false, "192.0.2.1", 80, "/"}));
  EXPECT_EQ(parse_url("https://[2001:DB8:0::1]:8443/a"), (Url{true, "2001:db8::1", 8443, "/a"}));
  EXPECT_EQ(parse_url("http://[::ffff:127.0.0.1]/")->host, "127.0.0.1");
  EXPECT_EQ((Url{true, "2001:db8::1", 8443, "/"}).origin(), "https://[2001:db8::1]:8443");
}

TEST(Url, DoubtfulOnesAreRefused) {
  for (const char* text : {"",
                           "example.org/a.jpg",
                           "ftp://example.org/",
                           "file:///etc/passwd",
                           "http:/example.org",
                           "http://",
                           "http:///a",
                           "http://user@example.org/",
                           "http://example.org@127.0.0.1/",
                           "http://user:secret@example.org/",
                           "http://example.org:/",
                           "http://example.org:0/",
                           "http://example.org:65536/",
                           "http://example.org:80a/",
                           "http://example.org:+80/",
                           "http://exa mple.org/",
                           "http://example.org/a b",
                           "http://example.org\\@127.0.0.1/",
                           "http://example.org/\r\nHost: x",
                           "http://.example.org/",
                           "http://example.org./",
                           "http://a..b/",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[127.0.0.1]/",
                           "http://[fe80::1%eth0]/",
                           "http://ex\xc3\xa4mple.org/",
                           "http://a%2eb/",
                           "gopher://example.org/",
                           "javascript:alert(1)",
                           "data:image/png;base64,AA=="})
    EXPECT_FALSE(parse_url(text)) << text;
  EXPECT_FALSE(parse_url("http://example.org/" + std::string(2048, 'a')));
  EXPECT_FALSE(parse_url("http://" + std::string(254, 'a') + "/"));
}

TEST(Url, RedirectsAreRelativeToTheirBase) {
  const Url base{true, "example.org", 8443, "/a/b?c"};
  const auto leads_to = [&](const char* location) {
    const auto url = resolve_location(base, location);
    return url ? url->origin() + url->target : "nowhere";
  };
  EXPECT_EQ(leads_to("http://other.org/x"), "http://other.org:80/x");
  EXPECT_EQ(leads_to("//other.org/x"), "https://other.org:443/x");
  EXPECT_EQ(leads_to("/x?y"), "https://example.org:8443/x?y");
  EXPECT_EQ(leads_to("x"), "https://example.org:8443/a/x");
  EXPECT_EQ(leads_to("?y"), "https://example.org:8443/a/b?y");
  EXPECT_EQ(leads_to("/x?to=http://y"), "https://example.org:8443/x?to=http://y");
  EXPECT_EQ(leads_to("#z"), "https://example.org:8443/a/b?c");
  EXPECT_EQ(leads_to("file:///etc/passwd"), "nowhere");
  EXPECT_EQ(leads_to("//user@other.org/"), "nowhere");
}

}  // namespace
}  // namespace rap::testing
