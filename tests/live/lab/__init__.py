# SPDX-License-Identifier: BSD-2-Clause
"""The laboratory of the live tests: network namespaces, servers, a scripted peer, and the program under test."""
