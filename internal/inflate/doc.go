// Package inflate decompresses DEFLATE (RFC 1951), gzip (RFC 1952) and zlib
// (RFC 1950) data that stands in memory as a whole, as a captured body does.
// Where the streaming decoders of the standard library keep a window, copy out
// of it and can stop at any byte, this one writes straight to the result.
//
// Input that is cut short or damaged gives what came before the damage together
// with an error. Output is bounded by the caller. No input makes it panic or
// allocate anything but the result.
package inflate
