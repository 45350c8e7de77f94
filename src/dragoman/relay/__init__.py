"""The heart: what happens to speech between two legs.

Five ideas. A **lane** is one direction of speech: it hears a source leg, asks an interpreter, and speaks to a sink
leg. The **playout** knows what the sink was given and what its ear has really heard. The **call machine** knows who
is on the line and what must happen next. The **transcript** makes utterances with times out of captions and audio.
All of these are pure: events come in with `now`, effects go out. The **bridge** performs the effects of one call, and
**live** holds the calls.
"""
