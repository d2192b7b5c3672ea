# SPDX-License-Identifier: BSD-2-Clause
# One of the parts that the seeds of `make check` come in. The file that sources this sets chunk,
# from 1 on; SIM_RUNS is how many seeds each part runs.
# shellcheck shell=sh

runs=${SIM_RUNS-50000}
exec "$top_builddir/tests/sim/sim" --runs "$runs" --from $(((chunk - 1) * runs + 1))
