"""Flag beats environment beats file; what is bad is named, and ends the program with status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from framebus import check, config_file
from framebus.settings import ServiceSettings, load
from tests.conftest import Start

PROGRAM = "framebus-test"


@pytest.fixture(autouse=True)
def _a_section_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config_file, "SECTIONS", (*config_file.SECTIONS, "test"))


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch):
    for name in ("BUS", "INSTANCE", "LOG_LEVEL", "CONFIG"):
        monkeypatch.delenv(f"FRAMEBUS_{name}", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "framebus.toml"
    monkeypatch.setenv("FRAMEBUS_CONFIG", str(path))
    return path


def loaded(*arguments: str) -> ServiceSettings:
    return load(ServiceSettings, PROGRAM, arguments)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        loaded(*arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


def test_defaults():
    settings = loaded()
    assert (settings.bus, settings.instance) == ("tcp://127.0.0.1:5550", None)
    assert settings.log_level == "info"


def test_the_file_is_for_what_is_loaded_and_nothing_else(config: Path):
    config.write_text('instance = "from-file"\n')
    assert loaded().instance == "from-file"
    assert ServiceSettings().instance is None


def test_a_flag_beats_a_variable_and_a_variable_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    config.write_text('bus = "tcp://file"\ninstance = "from-file"\nlog_level = "error"\n')
    monkeypatch.setenv("FRAMEBUS_BUS", "tcp://variable")
    monkeypatch.setenv("FRAMEBUS_INSTANCE", "from-variable")
    settings = loaded("--bus", "tcp://flag")
    assert settings.bus == "tcp://flag"
    assert settings.instance == "from-variable"
    assert settings.log_level == "error"


@pytest.mark.parametrize(
    "case",
    [
        ("bus", "http://pi.local", "use tcp://HOST"),
        ("instance", "My Pi", "use 1 to 32 of a-z"),
        ("log-level", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_bad_value_is_named_wherever_it_comes_from(
    case: tuple[str, str, str],
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    option, value, right = case
    key = option.replace("-", "_")
    config.write_text("")
    by_flag = refusal(capsys, f"--{option}", value)
    config.write_text(f'{key} = "{value}"\n')
    by_file = refusal(capsys)
    config.write_text("")
    monkeypatch.setenv(f"FRAMEBUS_{key.upper()}", value)
    by_variable = refusal(capsys)
    assert by_flag == by_file == by_variable
    assert by_flag.startswith(f"{PROGRAM}: --{option}: ")
    assert right in by_flag


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "0", "1e300"])
def test_a_number_that_no_clock_can_count_is_refused(
    value: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as end:
        load(check.Settings, check.PROGRAM, [f"--timeout={value}"])
    assert end.value.code == 2
    assert "framebus-check: --timeout: Input should be" in capsys.readouterr().err


def test_an_unknown_flag_is_named(capsys: pytest.CaptureFixture[str]):
    assert "--buss" in refusal(capsys, "--buss", "tcp://pi")


def test_a_config_file_that_is_not_there_is_named(config: Path, capsys: pytest.CaptureFixture[str]):
    assert f"FRAMEBUS_CONFIG: there is no file {config}" in refusal(capsys)


@pytest.mark.parametrize("content", [b"bus = nonsense\n", b"\xff\xfe\x00"])
def test_a_config_file_that_is_not_toml_is_named(
    content: bytes, config: Path, capsys: pytest.CaptureFixture[str]
):
    config.write_bytes(content)
    assert f"FRAMEBUS_CONFIG: {config} is not TOML" in refusal(capsys)


def test_a_section_is_for_one_service_and_beats_the_top(config: Path):
    config.write_text(
        'log_level = "error"\ninstance = "a"\n'
        '[test]\ninstance = "b"\n[monitor]\nalert_loss = "1%"\nno_matter = 1\n'
    )
    settings = loaded()
    assert (settings.log_level, settings.instance) == ("error", "b")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('log_levle = "info"', "log_levle is no setting of framebus-test: did you mean log_level?"),
        ('log-level = "info"', "log-level is no setting of framebus-test: did you mean log_level?"),
        ("alert_loss = 1", "alert_loss is no setting of framebus-test; what is for another"),
        ("[test]\nbsu = 1", "[test] bsu is no setting of framebus-test: did you mean bus?"),
        ("[test]\nzzz = 1", "[test] zzz is no setting of framebus-test"),
        ("[moniter]\nbus = 1", "[moniter] is no service: did you mean monitor?"),
        ("[[monitor]]", "monitor is no setting of framebus-test"),
    ],
)
def test_what_the_file_has_too_much_is_refused_with_what_may_be_meant(
    content: str, said: str, config: Path, capsys: pytest.CaptureFixture[str]
):
    config.write_text(content + "\n")
    assert f"{PROGRAM}: FRAMEBUS_CONFIG: {config}: {said}" in refusal(capsys)


def test_a_real_program_does_the_same(start: Start):
    program = start("framebus-broker", env={"FRAMEBUS_LOG_LEVEL": "loud"})
    assert program.wait() == 2
    assert program.output().startswith("framebus-broker: --log-level: ")
    assert "Traceback" not in program.output()
