"""Each protection, and the test that fails without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LIMITS, _WEB, _STORED = "robust/test_limits.py -k", "robust/test_web.py -k", "robust/test_earlier_versions.py -k"
_CLUSTERS, _SUMMARY = "robust/test_clusters.py -k", "ensemble/test_summary.py -k"
_TRANSACTION = """\
        ledger.execute("BEGIN IMMEDIATE")
        try:
            ledger.execute(_SCHEMA)
            _allow_again(ledger)
            yield ledger
            ledger.execute("COMMIT")
        except BaseException:
            ledger.execute("ROLLBACK")
            raise
"""


@dataclass(frozen=True, slots=True)
class Protection:
    """In ``file``, ``instead`` takes the place of ``protecting``; then ``test`` must fail, or where it ``hangs`` not
    come to its end."""

    file: str
    protecting: str
    instead: str
    test: str
    hangs: bool = False


P = Protection
PROTECTIONS: Mapping[str, Protection] = {
    # bad input
    "tags": P("case/located_yaml/yaml_reader.py", "        if event.tag:", "        if False:", f"{_LIMITS} tag"),
    "aliases": P("case/located_yaml/yaml_reader.py", '"AliasEvent"', '"NoEvent"', "case/test_broken.py -k aliases"),
    "nesting": P(
        "case/located_yaml/yaml_reader.py",
        "DEEPEST = 60",
        "DEEPEST = 10**9",
        "case/test_broken.py -k nesting",
        hangs=True,
    ),
    "size": P(
        "case/located_yaml/yaml_reader.py",
        "LARGEST_FILE = 2_0",
        "LARGEST_FILE = 2_0_0",
        "case/test_broken.py -k megabytes",
    ),
    "plain files": P(
        "case/located_yaml/yaml_reader.py", "if not path.is_file():", "if False:", f"{_LIMITS} pipe", hangs=True
    ),
    "large hash": P("case/reading/folder.py", "if not path.is_file() or", "if False and", f"{_LIMITS} any_size"),
    "powers": P(
        "language/units.py", "* abs(exponent) > MOST_BITS", "* 0 > MOST_BITS", f"{_LIMITS} without_limit", hangs=True
    ),
    "no numbers": P("language/units.py", "if word.lower() in _NO_NUMBERS:", "if False:", f"{_LIMITS} missing_number"),
    "definitions": P(
        "case/checking/check.py",
        "if undefined := _wrong_definitions(definitions):",
        "if undefined := ():",
        f"{_LIMITS} definition",
    ),
    "levels": P("claims/formulas/formula.py", "except RecursionError:", "except KeyError:", f"{_LIMITS} too_deep"),
    "article": P("case/editing/sentences.py", "(?<![.!?])[.!?]++", "[.!?]+", f"{_LIMITS} article", hangs=True),
    "state": P("inference/calibrate.py", "if inflated(path):", "if False:", f"{_LIMITS} packed_state"),
    "draws": P("ensemble/draws.py", "if inflated(Path(path)):", "if False:", f"{_LIMITS} packed_draws"),
    "workbook": P("exchange/external_data.py", "> MOST_UNPACKED:\n     ", "< 0:\n     ", f"{_LIMITS} workbook"),
    # faults
    "part": P(
        "files.py",
        "beside = target.with_name(f",
        "beside = target if True else target.with_name(f",
        "test_files.py -k old_file",
    ),
    "names of their own": P(
        "files.py", ".{os.getpid()}-{uuid4().hex[:8]}.part", ".1-01234567.part", "robust/test_faults.py -k do_not_meet"
    ),
    "sync": P("files.py", "os.fsync(file.fileno())", "pass", f"{_LIMITS} reaches"),
    "sweep": P("files.py", "        _sweep(target)\n", "", f"{_LIMITS} after_an_hour"),
    "transaction": P(
        "foresight/ledger.py",
        _TRANSACTION,
        "        ledger.execute(_SCHEMA)\n        _allow_again(ledger)\n        yield ledger\n",
        f"{_LIMITS} between_two_entries",
    ),
    "lock": P("foresight/ledger.py", '"BEGIN IMMEDIATE"', '"BEGIN"', "foresight/test_ledger.py -k second_writer"),
    "chain": P(
        "foresight/ledger.py",
        "before != previous or digest != _hash",
        "False and digest != _hash",
        "foresight/test_ledger.py -k tampering",
    ),
    "seal": P("inference/posterior.py", "intact = sealed(path)", "intact = True", f"{_STORED} damaged"),
    "kernel": P(
        "cache_store.py", "digest() != content[:_DIGEST]", "digest() == b''", "engine/test_cache.py -k broken_file"
    ),
    "content": P("result_cache.py", "            digest.update(content)\n", "", "test_result_cache.py -k changed_byte"),
    "meanwhile": P(
        "result_cache.py",
        "if fingerprint(folder) == before:",
        "if True:",
        "test_result_cache.py -k a_file_changes_meanwhile",
    ),
    "version": P(
        "result_cache.py", ", cache_store.version_of()", "", "test_result_cache.py -k another_version_of_the_code"
    ),
    # the app
    "host": P("web/serving/security.py", "not in LOCAL:", "is None:", "web/test_security.py -k names_of_this_machine"),
    "token": P(
        "web/serving/security.py",
        "self.token and not self._known",
        "False and not self._known",
        "web/test_security.py -k token",
    ),
    "length": P(
        "web/serving/security.py", "_length(headers) > LARGEST_BODY", "False", "web/test_security.py -k large_body"
    ),
    "other sites": P(
        "web/serving/security.py", "if _is_cross_site(scope", "if False and _is_cross_site(scope", f"{_WEB} another"
    ),
    "slow body": P("web/serving/security.py", "_with_timeout(receive)", "receive", f"{_WEB} does_not_come_is_given_up"),
    "slow head": P("web/serving/listener.py", "self.transport.close()", "pass", f"{_WEB} head"),
    "connections": P(
        "web/serving/listener.py", '"limit_concurrency": MOST_CONNECTIONS', "", f"{_WEB} connections_beyond"
    ),
    "readers who left": P("web/serving/listener.py", "CancelOnLeave(app), **", "app, **", f"{_WEB} leave_before"),
    "clients": P(
        "web/serving/work_queue.py",
        "while len(self._newest) > CLIENTS:",
        "while False:",
        "web/test_work_queue.py -k pile_up",
    ),
    "sockets of other sites": P(
        "web/serving/security.py",
        "and not self._may_connect(HTTPConnection(scope)):",
        "and False:",
        "web/test_lever_socket.py -k another_site",
    ),
    "sockets": P(
        "web/serving/lever_socket.py",
        "if self._open >= MOST_SOCKETS:",
        "if False:",
        "web/test_lever_socket.py -k no_more_sockets",
    ),
    "escaping": P("report/page.py", "autoescape=True", "autoescape=False", "robust/test_markup.py -k report"),
    "escaping in the app": P("report/page.py", "autoescape=True", "autoescape=False", "robust/test_markup.py -k app"),
    # clusters
    "order": P("cluster.py", "under_way.popleft()", "under_way.pop()", "test_cluster.py -k order"),
    "scheduler": P(
        "cluster.py",
        "except (OSError, ValueError, TimeoutError) as error:",
        "except KeyError as error:",
        "test_cluster.py -k nonsense",
    ),
    "lost scheduler": P(
        "cluster.py",
        "except (CommClosedError, CancelledError, TimeoutError, OSError) as error:",
        "except KeyError as error:",
        f"{_CLUSTERS} scheduler",
    ),
    "submitted again": P("cluster.py", "except KilledWorker:", "except KeyError:", f"{_CLUSTERS} more_often"),
    "numbers of draws": P(
        "ensemble/simulate.py",
        "series), draws.seed, draws.first)",
        "series), draws.seed)",
        f"{_CLUSTERS} shard_it_is_in",
    ),
    "shards": P("ensemble/summary.py", "if identity != self.identity:", "if False:", f"{_SUMMARY} another_ensemble"),
    "damaged shard": P(
        "ensemble/summary.py",
        "except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):",
        "except KeyError:",
        f"{_SUMMARY} damaged",
    ),
    "store": P(
        "ensemble/stream.py",
        'if store.attrs.get("wherenow") != made or',
        "if False and",
        "ensemble/test_stream.py -k another",
    ),
    "half a store": P("ensemble/stream.py", " if not written]", "]", "ensemble/test_stream.py -k interrupted_store"),
    # time
    "noise of shards": P("ensemble/summary.py", ', f"noise {noise.VERSION}"', "", f"{_CLUSTERS} another_version"),
    "noise of states": P("inference/calibrate.py", '"noise": noise.VERSION', '"noise": 0', f"{_STORED} not_gone_on"),
    "later formats": P("inference/posterior.py", "if form > FORMAT:", "if False:", f"{_STORED} later_format"),
    "later schemas": P(
        "case/reading/versions.py", "if number > present():", "if False:", "case/test_versions.py -k later_schema"
    ),
}
"""By name."""
