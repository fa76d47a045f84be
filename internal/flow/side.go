package flow

import "github.com/weir-telemetry/weir/internal/l7/http1"

// sync starts the direction's parser when a message begins at b.
func (c *conn) sync(d *dir, b []byte, off int64) bool {
	i := c.indexOf(d)
	if !c.exact || !c.sure {
		switch g := http1.Sniff(b); {
		case g == http1.HTTP2Preface:
			c.kill(DropHTTP2)
			return false
		case g == http1.RequestStart:
			if !c.serves(1 - i) {
				return false
			}
		case g == http1.ResponseStart:
			if !c.serves(i) {
				return false
			}
		default:
			return false
		}
	}
	d.parser.Init(&c.t.cfg.HTTP, &c.t.pool, (*sink)(c), c.server != i, off)
	d.synced = true
	return true
}

func (c *conn) indexOf(d *dir) int {
	if d == &c.dirs[1] {
		return 1
	}
	return 0
}

// serves says whether the server may send on direction i, as the beginning of a
// message suggests. Bytes that look like one can stand in a body, so what is
// known stays: from the handshake or a proven pair. Before that the first
// message decides, and on contradiction the ports.
func (c *conn) serves(i int) bool {
	switch {
	case c.server == i:
		return true
	case c.server < 0:
		c.server = i
		return true
	case c.sure || !c.byPorts(i):
		return false
	}
	o := c.dirs[:]
	for k := range o { // both directions were read the wrong way around
		if o[k].synced {
			o[k].parser.Close(false)
			c.abandon(&o[k])
			o[k].synced = false
		}
	}
	c.clear(DropUncertain)
	c.server, c.sure = i, true
	return true
}

// Below wellKnown, only servers listen on most systems; from ephemeral on,
// systems choose the ports of clients.
const (
	wellKnown = 1024
	ephemeral = 32768
)

// byPorts says that the ports tell that direction i is the server's.
func (c *conn) byPorts(i int) bool {
	ports := [2]uint16{c.key.a.Port(), c.key.b.Port()}
	for _, limit := range [2]uint16{wellKnown, ephemeral} {
		if ports[i] < limit && ports[1-i] >= limit {
			return true
		}
	}
	return false
}
