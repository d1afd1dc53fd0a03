// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "rap/engines.h"
#include "server/object_reader.h"

namespace rap::server {

/// What one client may ask for, and what all of them together may take.
struct ServerLimits {
  // Of a request.
  std::size_t body_bytes = 64UL * 1024 * 1024;          ///< of requests that are read whole
  std::size_t upload_bytes = 4UL * 1024 * 1024 * 1024;  ///< of bundles and zip files, which go to a file
  JsonLimits json;
  std::size_t turns = 256;                    ///< messages of one conversation
  std::size_t remembered_characters = 8'000;  ///< of a conversation's earlier turns; older ones are left out
  int answer_tokens = 2'048;

  // Of a connection.
  std::chrono::seconds idle{15};               ///< between two requests
  std::chrono::seconds header_time{10};        ///< for the whole head of a request
  std::chrono::seconds body_time{30};          ///< for the body, and a second more for every …
  std::size_t body_bytes_per_second = 64'000;  ///< … of these
  std::chrono::seconds write_time{15};         ///< a client that takes nothing for so long is cut off
  std::size_t requests_of_a_connection = 1'000;

  // Of the server.
  std::size_t connections = 256;
  std::size_t bodies_bytes = 512UL * 1024 * 1024;  ///< of all bodies that are in memory at once
  std::size_t looks_at_once = 2;                   ///< photos that are recognised at the same time
  std::size_t waiting_looks = 64;
  std::size_t embeddings_at_once = 4;  ///< requests that embed texts; they take turns text by text
  std::size_t waiting_embeddings = 64;
  std::size_t waiting_answers = 15;  ///< behind the one that is being written
  double requests_per_minute = 600;  ///< of one key
  double burst = 200;
};

/// How a server is run.
struct Options {
  std::string host = "127.0.0.1";
  int port = 8095;  ///< 0 = any that is free

  /// Requests from this machine need no key: they act for the owner "local". Only for loopback names and addresses.
  bool loopback_without_key = false;

  std::filesystem::path keys_file;          ///< empty = default_keys_file()
  std::filesystem::path import_folder;      ///< folders below it can be imported by an administrator; empty = none
  std::vector<std::string> image_hosts;     ///< hosts that photos may be fetched from; empty = data URIs only
  std::vector<std::string> image_networks;  ///< private networks (CIDR) that those hosts may lie in
  RecognizeOptions recognize;               ///< where neither the request nor the owner's settings say more
  bool remote = false;                      ///< answers are written by a server elsewhere
  Egress egress;                            ///< what that server may see
  bool quiet = false;                       ///< the log has warnings and errors only
  ServerLimits limits;
};

}  // namespace rap::server
