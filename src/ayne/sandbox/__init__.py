"""A stand-in for TMDB and OMDb: to try, test and measure without a key. It shares no code with the rest of ayne.

A fake that shared the collector's decoder would share its mistakes, so what is known of TMDB is written down here a
second time. From values to sockets:

    chance                  draws that are the same everywhere
    films/                  what films are made of, invented or read from a table, and the parts of a film
    series/                 what series are made of: when their seasons and episodes air, and who is in them
    discovery, matching     what a query asks for, and which films match it
    holdings, catalogue, television
                            works of a kind behind one door: the films, and the series
    directory, title_index, filmography
                            who and what films name, by id and by name, and who made what
    life/, pace             what happens to films, series and people as days pass, and how much
    population, world       the works of a kind at a moment in time, and all that exists
    clock, moments          the sandbox's own time
    answers                 requests and answers as values
    faults, fault_kinds     which request fails in which way; `lies` and `packing` are what some of the ways do
    pages, cdn, drift, ties where films stand in a list, how old an answer is, and what ages and replicas do to a walk
    tmdb/, omdb/, exports/  the sites: who may ask, which endpoint is asked, and what it answers
    imdb                    IMDb's files of ratings and episodes
    images, truth, own_paths
                            placeholders, what a test may know, and what the sandbox tells of itself
    rate, request_log       the limit, and the evidence; `subject` says what a request is about
    app                     all of it as a function and as an ASGI application
    wire, server, door      on a socket, and who is let in
    transport               in process, for httpx
    pytest_plugin           as a fixture for other people's tests
"""
