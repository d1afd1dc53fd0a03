// SPDX-License-Identifier: Apache-2.0
#include "server/ip_address.h"

#include <gtest/gtest.h>

namespace rap::testing {
namespace {

using server::IpAddress;
using server::IpNetwork;

bool is_public(const char* text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address && address->is_public();
}

bool contains(const char* network, const char* address) {
  return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
}

TEST(IpAddress, ReadsWhatItWrites) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1"})
    EXPECT_EQ(IpAddress::parse(text)->text(), text);
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
}

TEST(IpAddress, AMappedAddressIsTheOneItMeans) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(IpAddress::parse("::ffff:a00:1")->text(), "10.0.0.1");
}

TEST(IpAddress, TakesNoOtherForms) {
  for (const char* text : {"", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "1.2.3.4.5", "1.2.3", "1.2.3.256",
                           " 1.2.3.4", "1.2.3.4 ", "fe80::1%eth0", "[::1]", "localhost", "::g", "1::2::3"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST(IpAddress, PublicIsWhatEveryoneReaches) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "172.15.255.255",
        "172.32.0.1", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
        "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8"})
    EXPECT_TRUE(is_public(text)) << text;
}

TEST(IpAddress, NothingInsideIsPublic) {
  for (
      const char* text :
      {"0.0.0.0",       "0.1.2.3",         "10.0.0.1",         "10.255.255.255",  "100.64.0.1",      "100.127.255.255",
       "127.0.0.1",     "127.255.255.254", "169.254.169.254",  "172.16.0.1",      "172.31.255.255",  "192.0.0.1",
       "192.0.2.1",     "192.88.99.1",     "192.168.0.1",      "198.18.0.1",      "198.19.255.255",  "198.51.100.1",
       "203.0.113.1",   "224.0.0.1",       "239.255.255.255",  "240.0.0.1",       "255.255.255.255", "::",
       "::1",           "::127.0.0.1",     "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
       "64:ff9b:1::1",  "100::1",          "2001::1",          "2001:20::1",      "2001:db8::1",     "2002:7f00:1::",
       "2002:a00:1::1", "3fff::1",         "5f00::1",          "fc00::1",         "fd12:3456::1",    "fe80::1",
       "febf::1",       "fec0::1",         "ff02::1"})
    EXPECT_FALSE(is_public(text)) << text;
}

TEST(IpNetwork, ContainsWhatSharesItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
}

TEST(IpNetwork, KindsOfAddressesDoNotMix) {
  EXPECT_FALSE(contains("::/0", "10.0.0.1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

TEST(IpNetwork, TakesNoOtherForms) {
  for (const char* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x", "10.0.0.1/8", "fd00::1/8",
        "::/129", "10/8", "localhost", "10.0.0.0/8/8", "10.0.0.0/99999999999999999999"})
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
}

}  // namespace
}  // namespace rap::testing
