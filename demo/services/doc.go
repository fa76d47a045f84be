// Package services holds the three sample services of the demo and the shopper
// who uses them. They talk real HTTP/1.1 over loopback, each on an address of
// its own, so that a capture shows who calls whom:
//
//	shopper → storefront → customers
//	                     → payments → customers
//
// They leak on purpose, in every place where services do: query strings, paths,
// forms, JSON in either direction, headers, cookies, error messages. The people
// are made up by package people, and nothing but those values is personal.
package services
