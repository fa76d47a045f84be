// Package servers starts the real servers that the project's tests and its
// demo talk to: VictoriaMetrics, Prometheus and others that live in files of
// their own.
//
// The common part is small and meant to be reused by every server:
//
//	CacheDir()                     the user's cache directory, created
//	Setup(ctx, name, fn)           runs fn once for all processes that share the cache
//	Progress(format, args…)        one progress line on standard error
//	Start(ctx, Spec)               starts a process on a free loopback port and waits until it is ready
//	(*Server).Stop, Kill, Restart  SIGTERM, kill -9, and start again on the same port and data
//	Need(tb, err)                  a server that can't be had: fails in CI, skips elsewhere, never silently
//	Attach(tb, server)             stops the server at the end of a test, shows its log when the test failed
//
// Everything listens on 127.0.0.1 only. What must be downloaded goes once to
// the cache directory, with a progress line and a checked version; nothing
// needs root and nothing is installed into the system.
package servers
