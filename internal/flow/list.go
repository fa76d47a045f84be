package flow

// links are a conn's neighbours in one list.
type links struct {
	prev, next *conn
	in         bool
}

// connList is a list of connections that needs no allocation. which says which
// of a conn's links it uses.
type connList struct {
	front, back *conn
	which       int
}

// The lists that a conn can stand in.
const (
	listSilent = iota // all, the longest silent in front
	listGaps          // those with a gap, the oldest in front
	numLists
)

func (l *connList) pushBack(c *conn) {
	k := &c.links[l.which]
	if k.in {
		return
	}
	*k = links{prev: l.back, in: true}
	if l.back == nil {
		l.front = c
	} else {
		l.back.links[l.which].next = c
	}
	l.back = c
}

func (l *connList) remove(c *conn) {
	k := &c.links[l.which]
	if !k.in {
		return
	}
	if k.prev == nil {
		l.front = k.next
	} else {
		k.prev.links[l.which].next = k.next
	}
	if k.next == nil {
		l.back = k.prev
	} else {
		k.next.links[l.which].prev = k.prev
	}
	*k = links{}
}

func (l *connList) moveToBack(c *conn) {
	if l.back != c {
		l.remove(c)
		l.pushBack(c)
	}
}
