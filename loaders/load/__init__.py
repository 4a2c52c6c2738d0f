"""One load: rows staged, contested, merged and recorded in one transaction.

`load.load_hours` is the way in; `load._move_rows` is the order of the steps. State that has to be a table is a
temporary table of the load's connection. One module owns each: it creates it and is the only one that runs statements
with its name. Other modules get the name from the owner's value: it fills a placeholder of a statement, such as
`{leaving}`.

=================== ============ ================================================= ================================
Table               Owner        Columns                                           Rows exist from ... to COMMIT
=================== ============ ================================================= ================================
load_archive_hours  hours/       archive_hour, load_id, rewrite                    `begin_hours`
                    hour_table
load_id_hashes      id_hashes    type, archive_hour, hash                          `find_id_hours` (DuckDB only)
load_id_hours       id_hashes    type, archive_hour                                `find_id_hours` (DuckDB only)
load_stored         winners      type, id, archive_hour, event_time, received,     `gather_rivals`
                                 fingerprint, event, user_id, anonymous_id
load_contenders     winners      type, id, archive_hour, event_time, received,     `gather_rivals`, `add_contenders`
                                 fingerprint, event, user_id, anonymous_id
load_winners        winners      type, id, archive_hour, fingerprint               `decide`
load_leaving        winners      type, id, archive_hour, event_time, load_hour     `decide`
load_losing         winners      type, id, archive_hour                            `decide`
load_marked         rebuild      table_name, type, id, archive_hour                `mark_rows`
load_rebuilt        rebuild      table_name, id, archive_hour, event_hour          `replace_rows`, for one table
load_removed        arrivals     table_name, id, event_hour, load_hour             `Moves.count_removed`
load_written        arrivals     table_name, event_hour, load_hour, written,       `Moves.count_entering`
                                 replaced
load_entering       arrivals     type, event, event_hour, load_hour, entering      `Moves.count_entering`
load_returning      arrivals     type, id, event, event_hour, load_hour            `Moves.count_entering`
load_touched        users        user_id                                           `TouchedUsers.add_leaving`
load_user_ids       users        user_id                                           `recompute_users`
load_no_users       users        user_id                                           `recompute_users`, if any are set
load_users          users        the columns of `users`, without uuid_ts           `recompute_users`
load_fitting_users  users        the columns of `users`, without uuid_ts           `recompute_users`, if too many
load_changed_users  users        the columns of `users`, without uuid_ts           `recompute_users`
=================== ============ ================================================= ================================

All of them are dropped with the connection, and a rolled back transaction leaves none. Staged rows are relations
`staged_N`, small frames `put_N`: `loaders.connection.session` owns those.
"""
