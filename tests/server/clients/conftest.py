# SPDX-License-Identifier: Apache-2.0
from harness.fixtures import chelsea, keyed_server, serve, server, text_model  # noqa: F401
