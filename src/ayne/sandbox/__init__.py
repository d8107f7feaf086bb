"""A stand-in for TMDB and OMDb: to try, test and measure without a key. It shares no code with the rest of ayne.

A fake that shared the collector's decoder would share its mistakes, so what is known of TMDB is written down here a
second time. From values to sockets:

    chance, words           draws that are the same everywhere, and word lists
    films                   what a film is made of
    generation, invention   films that do not exist: their columns, and the rest
    table                   real films, from a published table
    parts                   credits, keywords and all that `append_to_response` adds
    discovery, pages        which films match a query, and on which page they stand
    catalogue               the films, behind one door
    world                   the films at a moment in time
    answers, faults         requests and answers as values, and the ways in which they fail
    cdn, drift              how old an answer is, and what pages of different ages do to a walk
    tmdb                    TMDB's paths and rules
    omdb                    OMDb's, with its films, titles, errors and quota beside it
    images, own_paths       placeholders, and what the sandbox tells of itself
    rate, request_log       the limit, and the evidence; `subject` says what a request is about
    app                     all of it as a function and as an ASGI application
    wire, server, transport on a socket, and in process for httpx
    pytest_plugin           as a fixture for other people's tests
"""
