"""A notebook over the lake and the warehouse of a configuration: what came, when, and what did not fit.

    marimo edit examples/explore.py -- --config demo/tideline.toml
    marimo run examples/explore.py -- --config demo/tideline.toml
    python examples/explore.py --config demo/tideline.toml

Needs `marimo` and `altair`. It only reads. Covered by tests/examples/test_explore.py.
"""

import marimo

app = marimo.App(width="medium", app_title="Tideline")


@app.cell
def imports():
    import os

    import altair
    import marimo as mo
    import polars as pl

    from event_assets.config.settings import Flags, load_settings
    from event_assets.config.warehouse import open_ledger
    from event_assets.lake.scan import scan

    return Flags, altair, load_settings, mo, open_ledger, os, pl, scan


@app.cell
def configuration(Flags, load_settings, mo, open_ledger, os, pl):
    settings = load_settings(os.environ, Flags(config=mo.cli_args().get("config")))
    source = next(iter(settings.sources.values()))

    def query(text, **values):
        """Return the rows of a query, in which {events} is the schema of the event tables, as a frame of polars."""
        with open_ledger(settings) as session:
            if session is None:
                raise RuntimeError("The warehouse has no tables yet: run `tideline load`.")
            events = session.connection.dialect.identifier_preparer.quote(source.schema)
            text = text.format(events=events)
            return pl.read_database(text, session.connection, execute_options={"parameters": values})

    mo.md(f"# Source {source.name}\n\nThe tables of the schema `{source.schema}`, and the lake that they come from.")
    return query, settings, source


@app.cell
def lateness(altair, mo, query, source):
    event_hours = query(
        'SELECT event_hour, "rows" - late AS in_time, late FROM tideline.event_hours WHERE source = :source',
        source=source.name,
    )
    mo.vstack(
        [
            mo.md("## Events by the hour in which they happened"),
            altair.Chart(event_hours.unpivot(index="event_hour", variable_name="arrived", value_name="events"))
            .mark_bar()
            .encode(x="event_hour:T", y="sum(events):Q", color="arrived:N"),
        ]
    )
    return (event_hours,)


@app.cell
def arrivals(altair, mo, pl, scan, settings, source):
    archived = (
        scan(settings.lake, source.name)
        .group_by("_archive_hour", "type")
        .agg(pl.len().alias("events"))
        .sort("_archive_hour", "type")
        .collect()
    )
    mo.vstack(
        [
            mo.md("## Events by the hour in which they arrived"),
            altair.Chart(archived).mark_bar().encode(x="_archive_hour:T", y="events:Q", color="type:N"),
        ]
    )
    return (archived,)


@app.cell
def restatements(mo, query, source):
    restated = query(
        "SELECT day, table_name, reason, sum(net) AS net, sum(updated) AS updated FROM tideline.restatements "
        "WHERE source = :source GROUP BY day, table_name, reason ORDER BY day, table_name, reason",
        source=source.name,
    )
    mo.vstack([mo.md("## Days that changed after they were over"), mo.ui.table(restated, selection=None)])
    return (restated,)


@app.cell
def misfits(mo, query, source):
    rescued = query(
        "SELECT event_text, count(*) AS events, min(_rescued) AS example FROM {events}.tracks "
        "WHERE _rescued IS NOT NULL GROUP BY event_text ORDER BY events DESC, event_text"
    )
    quarantined = query(
        "SELECT reason, count(*) AS shown, min(detail) AS example FROM tideline.quarantine "
        "WHERE source = :source GROUP BY reason ORDER BY reason",
        source=source.name,
    )
    mo.vstack(
        [
            mo.md("## What did not fit\n\nValues without a column, by event, and lines that are no events, by reason."),
            mo.ui.table(rescued, selection=None),
            mo.ui.table(quarantined, selection=None),
        ]
    )
    return quarantined, rescued


if __name__ == "__main__":
    app.run()
