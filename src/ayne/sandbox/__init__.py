"""A stand-in for TMDB and OMDb: to try, test and measure without a key. It shares no code with the rest of ayne.

A fake that shared the collector's decoder would share its mistakes, so what is known of TMDB is written down here a
second time. From values to sockets:

    chance, words           draws that are the same everywhere, and word lists
    films                   what a film is made of
    drawn                   long lists that are made as they are looked at
    people, studios, topics, releases, offers
                            what the codes in the columns of films mean
    generation, invention   films that do not exist: their columns, and the rest
    table                   real films, from a published table
    parts                   credits, keywords and all that `append_to_response` adds
    discovery, matching     what a query asks for, and which films match it
    pages                   on which page they stand
    catalogue               the films, behind one door
    life, edits, cohorts, pace
                            what happens to films on a day, what an edit changes, who is added, and how much of it
    journal, succession, living_lore, history
                            what has happened, and the films as they were at any moment
    changes, daily_exports, named_exports
                            what the change feed and the daily files say of it
    world                   the films at a moment in time, behind one door
    clock, moments          the sandbox's own time
    answers, faults         requests and answers as values, and the ways in which they fail
    cdn, drift              how old an answer is, and what pages of different ages do to a walk
    tmdb, questions         TMDB's paths: who may ask, which endpoint, and what an endpoint is asked
    lists, movies, change_feed, search, find, persons, collection_pages, reference
                            its endpoints, by their subject
    directory, title_index, filmography
                            who and what films name, by id and by name, and who made what
    franchises, external_ids, legacy_parts, places
                            collections, ids elsewhere, old names, and the countries and languages of the world
    exports, truth          the host of the daily files, and what a test may know
    omdb                    OMDb's, with its films, titles, errors and quota beside it
    images, own_paths       placeholders, and what the sandbox tells of itself
    rate, request_log       the limit, and the evidence; `subject` says what a request is about
    app                     all of it as a function and as an ASGI application
    wire, server, transport on a socket, and in process for httpx
    pytest_plugin           as a fixture for other people's tests
"""
