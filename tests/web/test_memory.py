from settee.web.memory import Held, Memory

TOLD = "00400000-7ffc1000 ---p 00000000 00:00 0    [rollup]\nRss:    2048 kB\nPss:    1024 kB\n"


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def test_memory_is_asked_for_once_a_minute(tmp_path):
    rollup, clock = tmp_path / "rollup", Clock()
    rollup.write_text(TOLD)
    memory = Memory(clock, rollup)
    assert memory.held() == Held(2.0, 1.0)
    rollup.write_text(TOLD.replace("2048", "4096"))
    clock.now_s = 59.0
    assert memory.held() == Held(2.0, 1.0)
    clock.now_s = 60.0
    assert memory.held() == Held(4.0, 1.0)


def test_where_the_system_does_not_tell_there_is_none(tmp_path):
    assert Memory(rollup=tmp_path / "nowhere").held() == Held(None, None)


def test_this_process_holds_something():
    assert Memory().held().rss_mb > 1
