"""The database is brought up to date whole, or not at all."""

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from livehall import migrations


class BrokenOff(Exception):
    pass


async def test_an_upgrade_that_breaks_off_leaves_the_database_as_it_was(tmp_path):
    url = f"sqlite:///{tmp_path / 'livehall.db'}"
    found = []

    def revision(connection):
        found.append(MigrationContext.configure(connection).get_current_revision())

    def broken_off(connection):
        command.upgrade(migrations.config(connection), "0036")
        raise BrokenOff

    await migrations.run(url, lambda connection: command.upgrade(migrations.config(connection), "0030"))
    try:
        await migrations.run(url, broken_off)
    except BrokenOff:
        await migrations.run(url, revision)
    await migrations.upgrade(url)
    await migrations.run(url, revision)
    assert found == ["0030", ScriptDirectory.from_config(migrations.config()).get_current_head()]
