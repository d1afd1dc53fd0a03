# SPDX-License-Identifier: Apache-2.0
"""What the tests of `rap serve` share: the server as a process, the examples' photos, fixtures."""
