// SPDX-License-Identifier: Apache-2.0
// The fetcher against servers of the test's own on loopback, under names that only the test resolves.
#include "server/photo_fetcher.h"

#include <gmock/gmock.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "core/files.h"
#include "tests/support/data.h"

namespace rap::testing {
namespace {

using namespace std::chrono_literals;
using server::FetchOptions;
using server::IpAddress;
using server::PhotoFetcher;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// Listens on 127.0.0.1 and answers every GET by one handler.
class PhotoServer {
 public:
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit PhotoServer(Handler handler, std::unique_ptr<httplib::Server> server = std::make_unique<httplib::Server>())
      : server_(std::move(server)) {
    server_->Get(".*", [this, handler = std::move(handler)](const auto& request, auto& response) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      handler(request, response);
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_->listen_after_bind(); });
    server_->wait_until_ready();
  }
  ~PhotoServer() { server_->stop(); }

  [[nodiscard]] std::string port() const { return ":" + std::to_string(port_); }
  [[nodiscard]] std::vector<httplib::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::jthread thread_;
};

void send_photo(const httplib::Request& /*request*/, httplib::Response& response) {
  response.set_content("a photo", "image/jpeg");
}

class PhotoFetcherTest : public ::testing::Test {
 protected:
  /// Fetches with what the test has set up.
  Result<Bytes> fetch(const std::string& url) {
    options.resolve = [this](const std::string& host, std::chrono::milliseconds) {
      resolved.push_back(host);
      std::vector<IpAddress> addresses;
      for (const std::string& text : names[host]) addresses.push_back(*IpAddress::parse(text));
      return addresses;
    };
    const auto fetcher = PhotoFetcher::make(options);
    EXPECT_TRUE(fetcher);
    auto photo = fetcher->fetch(url);
    if (!photo) {
      EXPECT_EQ(photo.error().field, "photo");
      for (const auto& [name, addresses] : names) {
        EXPECT_THAT(photo.error().message, Not(HasSubstr(name)));
        for (const std::string& address : addresses) EXPECT_THAT(photo.error().message, Not(HasSubstr(address)));
      }
    }
    return photo;
  }

  /// Lets the fetcher reach that server, which is not public, by that name.
  void allow(const std::string& name, const PhotoServer& server) {
    names[name] = {"127.0.0.1"};
    options.hosts.push_back(name + server.port());
    options.networks = {"127.0.0.1"};
  }

  FetchOptions options{.deadline = 5s};
  std::map<std::string, std::vector<std::string>> names;
  std::vector<std::string> resolved;
};

TEST_F(PhotoFetcherTest, FetchesFromAHostOfTheList) {
  const PhotoServer server(send_photo);
  allow("photos.example", server);
  const auto photo = fetch("http://photos.example" + server.port() + "/a%20b.jpg?size=2%2F3");
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(*photo, Bytes(as_bytes("a photo").begin(), as_bytes("a photo").end()));
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests()[0];
  EXPECT_EQ(request.target, "/a%20b.jpg?size=2%2F3");
  EXPECT_EQ(request.get_header_value("Host"), "photos.example" + server.port());
  EXPECT_EQ(request.get_header_value("Accept-Encoding"), "identity");
}

TEST_F(PhotoFetcherTest, OtherHostsAreNotEvenLookedUp) {
  const PhotoServer server(send_photo);
  allow("photos.example", server);
  for (const std::string& host :
       {std::string("other.example") + server.port(), std::string("photos.example"), std::string("photos.example:1"),
        "a.photos.example" + server.port(), "photos.example.org" + server.port(), "127.0.0.1" + server.port()}) {
    const auto photo = fetch("http://" + host + "/");
    EXPECT_EQ(photo.error().code, ErrorCode::kInvalidArgument) << host;
  }
  EXPECT_THAT(resolved, SizeIs(0));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST_F(PhotoFetcherTest, WithoutHostsNothingIsFetched) {
  EXPECT_FALSE(PhotoFetcher::make({})->is_enabled());
  EXPECT_EQ(fetch("http://example.org/").error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(resolved, SizeIs(0));
}

TEST_F(PhotoFetcherTest, AWildcardMeansEveryHostBelow) {
  const PhotoServer server(send_photo);
  allow("*.photos.example", server);
  names = {
      {"a.photos.example", {"127.0.0.1"}}, {"b.a.photos.example", {"127.0.0.1"}}, {"photos.example", {"127.0.0.1"}}};
  EXPECT_TRUE(fetch("http://a.photos.example" + server.port()));
  EXPECT_TRUE(fetch("http://B.a.photos.example" + server.port()));
  EXPECT_FALSE(fetch("http://photos.example" + server.port()));
  EXPECT_FALSE(fetch("http://evilphotos.example" + server.port()));
}

TEST_F(PhotoFetcherTest, AddressesInsideAreRefusedAndLookLikeUnknownNames) {
  const PhotoServer server(send_photo);
  allow("photos.example", server);
  options.networks.clear();
  const std::string url = "http://photos.example" + server.port();
  names["photos.example"] = {};
  const std::string unknown = fetch(url).error().message;
  for (const char* address :
       {"127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "::1", "fd00::1",
        "fe80::1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "0.0.0.0"}) {
    names["photos.example"] = {address};
    EXPECT_EQ(fetch(url).error().message, unknown) << address;
  }
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST_F(PhotoFetcherTest, OnlyTheNetworkThatIsNamedMayBeReached) {
  const PhotoServer server(send_photo);
  allow("photos.example", server);
  options.networks = {"10.0.0.0/8", "127.0.0.2"};
  EXPECT_FALSE(fetch("http://photos.example" + server.port()));
  options.networks.emplace_back("127.0.0.0/30");
  EXPECT_TRUE(fetch("http://photos.example" + server.port()));
}

TEST_F(PhotoFetcherTest, AnAddressMayStandInTheUrl) {
  const PhotoServer server(send_photo);
  options.hosts = {"127.0.0.1" + server.port()};
  EXPECT_FALSE(fetch("http://127.0.0.1" + server.port())) << "allowed by name, but inside";
  options.networks = {"127.0.0.1"};
  EXPECT_TRUE(fetch("http://127.0.0.1" + server.port()));
  EXPECT_TRUE(fetch("http://[::ffff:127.0.0.1]" + server.port()));
  EXPECT_THAT(resolved, SizeIs(0));
}

TEST_F(PhotoFetcherTest, ConnectsToTheAddressThatWasJudged) {
  const PhotoServer server(send_photo);
  allow("localhost", server);  // the operating system's resolver would answer, too
  names["localhost"] = {"169.254.169.254", "127.0.0.1"};
  EXPECT_TRUE(fetch("http://localhost" + server.port())) << "the first address is inside and left out";
  EXPECT_THAT(resolved, SizeIs(1));
  names["localhost"] = {"127.0.0.2"};
  options.networks = {"127.0.0.0/8"};
  EXPECT_EQ(fetch("http://localhost" + server.port()).error().code, ErrorCode::kUnavailable) << "nobody listens there";
}

TEST_F(PhotoFetcherTest, TriesTheNextAddressWhereNobodyListens) {
  const PhotoServer server(send_photo);
  allow("photos.example", server);
  names["photos.example"] = {"127.0.0.2", "127.0.0.1"};
  options.networks = {"127.0.0.0/8"};
  EXPECT_TRUE(fetch("http://photos.example" + server.port()));
}

TEST_F(PhotoFetcherTest, FollowsAFewRedirects) {
  const PhotoServer server([](const httplib::Request& request, httplib::Response& response) {
    const int left = std::stoi(request.path.substr(1));
    if (left == 0) return send_photo(request, response);
    response.set_redirect("/" + std::to_string(left - 1), left % 2 == 0 ? 302 : 307);
  });
  allow("photos.example", server);
  EXPECT_TRUE(fetch("http://photos.example" + server.port() + "/3"));
  EXPECT_THAT(resolved, SizeIs(4)) << "each is looked up and judged";
  EXPECT_EQ(fetch("http://photos.example" + server.port() + "/4").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(PhotoFetcherTest, EveryRedirectIsCheckedAgain) {
  const PhotoServer secret(send_photo);
  std::string target;
  const PhotoServer server(
      [&](const httplib::Request&, httplib::Response& response) { response.set_redirect(target); });
  allow("photos.example", server);
  allow("inside.example", secret);
  names["inside.example"] = {"127.0.0.2"};  // its name is allowed, its address is not
  for (const std::string& location :
       {"http://127.0.0.1" + secret.port() + "/", "http://localhost" + secret.port() + "/",
        "http://inside.example" + secret.port() + "/", "//inside.example" + secret.port() + "/",
        std::string("http://169.254.169.254/latest/meta-data/"), std::string("file:///etc/passwd"),
        "http://photos.example@127.0.0.1" + secret.port() + "/"}) {
    target = location;
    EXPECT_EQ(fetch("http://photos.example" + server.port()).error().code, ErrorCode::kInvalidArgument) << location;
  }
  EXPECT_THAT(secret.requests(), SizeIs(0));
}

TEST_F(PhotoFetcherTest, ANameThatMovesInsideBetweenRedirectsIsRefused) {
  const PhotoServer server(
      [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/again"); });
  allow("photos.example", server);
  options.resolve = [calls = std::make_shared<int>(0)](const std::string&, std::chrono::milliseconds) {
    return std::vector{*IpAddress::parse(++*calls == 1 ? "127.0.0.1" : "10.0.0.1")};
  };
  const auto photo = PhotoFetcher::make(options)->fetch("http://photos.example" + server.port());
  EXPECT_EQ(photo.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(PhotoFetcherTest, BytesAreLimitedWhateverIsAnnounced) {
  const PhotoServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/announced") return response.set_content(std::string(1001, 'x'), "image/jpeg");
    if (request.path == "/just") return response.set_content(std::string(1000, 'x'), "image/jpeg");
    response.set_chunked_content_provider("image/jpeg", [](std::size_t, httplib::DataSink& sink) {
      return sink.write("xxxxxxxx", 8);  // without end
    });
  });
  allow("photos.example", server);
  options.max_bytes = 1000;
  const std::string origin = "http://photos.example" + server.port();
  EXPECT_TRUE(fetch(origin + "/just"));
  EXPECT_EQ(fetch(origin + "/announced").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(fetch(origin + "/endless").error().code, ErrorCode::kTooLarge);
}

TEST_F(PhotoFetcherTest, OtherAnswersAreNoPhoto) {
  const PhotoServer server([](const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/missing") {
      response.status = 404;
    } else if (request.path == "/nothing") {
      response.status = 204;
    } else {
      response.set_header("Content-Encoding", "gzip");
      send_photo(request, response);
    }
  });
  allow("photos.example", server);
  const std::string origin = "http://photos.example" + server.port();
  EXPECT_EQ(fetch(origin + "/missing").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fetch(origin + "/nothing").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(fetch(origin + "/compressed").error().code, ErrorCode::kUnsupported);
}

TEST_F(PhotoFetcherTest, LookingUpCountsAsTime) {
  options.hosts = {"photos.example"};
  options.deadline = 50ms;
  options.resolve = [](const std::string&, std::chrono::milliseconds timeout) {
    std::this_thread::sleep_for(timeout + 1ms);
    return std::vector{*IpAddress::parse("1.1.1.1")};
  };
  EXPECT_EQ(PhotoFetcher::make(options)->fetch("http://photos.example").error().code, ErrorCode::kUnavailable);
}

TEST_F(PhotoFetcherTest, AHostThatTricklesIsCutOff) {
  const PhotoServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("image/jpeg", [](std::size_t, httplib::DataSink& sink) {
      std::this_thread::sleep_for(20ms);
      return sink.write("x", 1);
    });
  });
  allow("photos.example", server);
  options.deadline = 300ms;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch("http://photos.example" + server.port()).error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

/// Accepts connections and sends a byte of a TLS record now and then, for ever.
class TricklingListener {
 public:
  TricklingListener() {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const ::sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    ::getsockname(listener_.get(), reinterpret_cast<::sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      const FileDescriptor client(::accept(listener_.get(), nullptr, nullptr));
      // The head of a handshake record of 16,000 bytes, then its content.
      std::string record = "\x16\x03\x03\x3e\x80\x02";
      record.append(16'000, '\0');
      for (const char byte : record) {
        if (::send(client.get(), &byte, 1, MSG_NOSIGNAL) != 1) return;
        std::this_thread::sleep_for(20ms);
      }
    });
  }
  ~TricklingListener() { ::shutdown(listener_.get(), SHUT_RDWR); }

  [[nodiscard]] std::string port() const { return ":" + std::to_string(port_); }

 private:
  FileDescriptor listener_{::socket(AF_INET, SOCK_STREAM, 0)};
  int port_ = 0;
  std::jthread thread_;
};

TEST_F(PhotoFetcherTest, ATricklingHandshakeIsCutOffToo) {
  std::signal(SIGPIPE, SIG_IGN);  // as in a server
  const TricklingListener listener;
  names["photos.example"] = {"127.0.0.1"};
  options.hosts = {"photos.example" + listener.port()};
  options.networks = {"127.0.0.1"};
  options.deadline = 400ms;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch("https://photos.example" + listener.port()).error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

/// A certificate that signs itself, for one name.
struct Certificate {
  explicit Certificate(const std::string& name) {
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(x509.get(), subject);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(x509.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509.get(), key.get(), EVP_sha256());
  }

  /// As the PEM files of a server, which are also what a client has to trust.
  void write(const std::filesystem::path& file, const std::filesystem::path& key_file) const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(file.c_str(), "w"), &BIO_free);
    ASSERT_EQ(PEM_write_bio_X509(out.get(), x509.get()), 1);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key_out(BIO_new_file(key_file.c_str(), "w"), &BIO_free);
    ASSERT_EQ(PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> x509{X509_new(), &X509_free};
};

TEST_F(PhotoFetcherTest, TlsVerifiesTheNameAndNotTheAddress) {
  const TemporaryDir folder;
  const std::string certificate = folder.path() / "certificate.pem";
  const std::string key = folder.path() / "key.pem";
  Certificate("photos.example").write(certificate, key);
  const PhotoServer server(send_photo, std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str()));
  allow("photos.example", server);
  allow("other.example", server);
  const std::string url = "https://photos.example" + server.port();
  const auto untrusted = fetch(url);
  EXPECT_EQ(untrusted.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(untrusted.error().message, HasSubstr("certificate"));
  options.ca_file = certificate;
  const auto trusted = fetch(url);
  EXPECT_TRUE(trusted) << trusted.error().message;
  const auto other = fetch("https://other.example" + server.port());
  EXPECT_EQ(other.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(other.error().message, HasSubstr("certificate"));
}

TEST(PhotoFetcherOptions, ThatMeanNothingAreRefused) {
  for (const char* host : {"", "*", "*.", "http://example.org", "example.org/", "ex*mple.org", "example.org:0",
                           "example.org:99999", "a b", "*.*.org", "[::1"}) {
    EXPECT_EQ(PhotoFetcher::make({.hosts = {host}}).error().field, "hosts") << host;
  }
  EXPECT_EQ(PhotoFetcher::make({.networks = {"10.0.0.1/8"}}).error().field, "networks");
  EXPECT_TRUE(PhotoFetcher::make({.hosts = {"example.org", "*.example.org:8443", "[::1]:80"}})->is_enabled());
}

TEST(SystemResolver, KnowsLocalhostAndNotTheInvalid) {
  const auto resolve = server::system_resolver();
  const auto local = resolve("localhost", 5s);
  ASSERT_THAT(local, Not(SizeIs(0)));
  for (const IpAddress& address : local) EXPECT_FALSE(address.is_public());
  EXPECT_THAT(resolve("no-such-host.invalid", 5s), SizeIs(0));
}

}  // namespace
}  // namespace rap::testing
