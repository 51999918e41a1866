"""For pytest: gives each of its worker processes ports of its own, and writes one line for each test of kazoo's.

The lines go to the file named in SUITE_REPORT: an outcome (passed, failed, skipped) and the name of the test.
"""
import os

import pytest

PORTS_PER_WORKER = 50
worker = os.environ.get("PYTEST_XDIST_WORKER")
if worker:
    first = int(os.environ["ZOOKEEPER_PORT_OFFSET"])
    os.environ["ZOOKEEPER_PORT_OFFSET"] = str(first + PORTS_PER_WORKER * int(worker[2:]))


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if worker or not (report.when == "call" or report.failed or report.skipped):
        return
    tell(report.outcome, report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collectreport(report):
    if report.failed and not worker:
        tell("failed", report.nodeid)


def tell(outcome, nodeid):
    with open(os.environ["SUITE_REPORT"], "a") as out:
        print(outcome, nodeid.split("kazoo/tests/")[-1], file=out)
