"""The vendor's own service beside our Sourceloop API: npm's `@sourceloop/video-conferencing-service` 5.0.5.

It is set up as a careful operator would: `NODE_ENV=production`, only errors are logged, its own tables on a
PostgreSQL server started as ours is, a pool of as many connections as ours has, tokens signed by HS256 with a
shared secret. Nothing of it is left out or replaced but the provider outside: instead of Vonage one answers
from memory (`host.js`), which costs the service less than Vonage's client and its HTTPS would.

All four operations are called for some seconds before the first is measured, and each again before its own
window: V8 compiles while it runs, and its figures rise by a half in that time. Ours, which has no such
compiler, needs less. Like ours, it is one process; all threads of it count.
"""
