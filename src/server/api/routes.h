// SPDX-License-Identifier: Apache-2.0
// The routes of each interface. Each function adds its own; services are borrowed.
#pragma once

#include "server/router.h"
#include "server/services.h"

namespace rap::server {

/// OpenAI's chat completions: POST /v1/chat/completions.
void add_chat_completions(Router& router, const Services& services);

/// OpenAI's responses: POST /v1/responses.
void add_responses(Router& router, const Services& services);

/// OpenAI's models: GET /v1/models, GET /v1/models/{model}.
void add_models(Router& router, const Services& services);

/// Ollama's /api/chat, /api/generate, /api/tags, /api/show and /api/version.
void add_ollama(Router& router, const Services& services);

/// OpenAI's embeddings: POST /v1/embeddings.
void add_embeddings(Router& router, const Services& services);

/// /rap/v1/concepts and what lies below it.
void add_concepts(Router& router, const Services& services);

/// /rap/v1/history, /rap/v1/undo.
void add_history(Router& router, const Services& services);

/// /rap/v1/recognize, /rap/v1/feedback.
void add_recognition(Router& router, const Services& services);

/// /rap/v1/export, /rap/v1/import, /rap/v1/memory.
void add_transfer(Router& router, const Services& services);

/// /rap/v1/jobs and what lies below it.
void add_jobs(Router& router, const Services& services);

/// /rap/v1/settings.
void add_settings(Router& router, const Services& services);

/// /rap/v1/keys, /rap/v1/session.
void add_keys(Router& router, const Services& services);

/// /healthz, /readyz, /metrics.
void add_health(Router& router, const Services& services);

/// The page, and /openapi.json.
void add_page(Router& router);

}  // namespace rap::server
