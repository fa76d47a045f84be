package flow

import "unsafe"

// maxFree is the number of closed connections kept for reuse, so that one
// connection per request does not mean garbage per request.
const maxFree = 256

// connBytes is what a connection takes by itself, with its entry in the map
// (key, pointer, and the map's slack).
const connBytes = int(unsafe.Sizeof(conn{})) + 2*int(unsafe.Sizeof(connKey{})) + 64

func (t *Tracker) newConn(k connKey) *conn {
	var c *conn
	if n := len(t.free); n > 0 {
		c = t.free[n-1]
		t.free = t.free[:n-1]
		t.spare -= c.counted
	} else {
		c = &conn{}
	}
	queue := c.queue[:0]
	parsers := [2]parserOf{c.dirs[0].parser, c.dirs[1].parser} // they keep their buffers
	*c = conn{t: t, key: k, server: -1, queue: queue}
	for i := range c.dirs {
		c.dirs[i].c, c.dirs[i].parser = c, parsers[i]
	}
	return c
}

// recycle keeps a closed connection.
func (t *Tracker) recycle(c *conn) {
	if len(t.free) >= maxFree || c.size() > 16<<10 {
		return
	}
	c.counted = c.size()
	t.spare += c.counted
	t.free = append(t.free, c)
}
