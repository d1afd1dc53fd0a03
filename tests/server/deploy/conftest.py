# SPDX-License-Identifier: Apache-2.0
from harness.fixtures import keyed_server, serve  # noqa: F401
