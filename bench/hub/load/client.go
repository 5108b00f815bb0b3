package main

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// The states of a connection, in order.
const (
	stateTCP       = iota // TCP connect under way
	stateHandshake        // WebSocket handshake sent
	stateConnect          // connect command sent
	stateSubscribe        // subscribe command sent
	stateLive             // subscribed
	stateClosed
)

const (
	edgeTriggered = 1 << 31 // EPOLLET
	opText        = 1
	opClose       = 8
)

// Every publication's data begins {"sent_ns":T,"number":N.
var (
	sentMark   = []byte(`"sent_ns":`)
	numberMark = []byte(`"number":`)
	pongFrame  = textFrame([]byte("{}"))
)

type connection struct {
	fd     int
	state  int
	rest   []byte // bytes of a frame that has not come whole
	number int64  // of the last publication delivered
}

// load is every connection and what they count together.  One thread does all of it,
// with one read(2) per readable socket and no goroutine per connection.
type load struct {
	opts        *options
	address     syscall.SockaddrInet4
	epoll       int
	events      []syscall.EpollEvent
	buffer      []byte
	connections []*connection
	byFD        []*connection
	handshake   []byte
	subscribe   []byte
	began       time.Time

	connecting, live, closed, pings int
	deliveries, reads, outOfOrder   int64
	measuring                       bool
	latencies                       []int64 // ns, of deliveries in the window
	lastError                       string
}

// clock is the zero of the send times that publications carry.
var clock = time.Now()

func nanoseconds() int64 { return int64(time.Since(clock)) }

func newLoad(opts *options) (*load, error) {
	ip, port, err := loopback(opts.address)
	if err != nil {
		return nil, err
	}
	l := &load{opts: opts, buffer: make([]byte, 1<<18), events: make([]syscall.EpollEvent, 1024)}
	copy(l.address.Addr[:], ip)
	l.address.Port = port
	if l.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	l.handshake = []byte("GET /connection/websocket HTTP/1.1\r\nHost: " + opts.address +
		"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13" +
		"\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	l.subscribe = textFrame([]byte(`{"id":2,"subscribe":{"channel":"` + opts.channel + `"}}`))
	for range opts.connections {
		l.connections = append(l.connections, &connection{})
	}
	return l, nil
}

// textFrame is a client's WebSocket text frame, masked with a zero key.
func textFrame(payload []byte) []byte {
	head := []byte{0x80 | opText, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	if len(payload) >= 126 {
		head = []byte{0x80 | opText, 0x80 | 126, byte(len(payload) >> 8), byte(len(payload)), 0, 0, 0, 0}
	}
	return append(head, payload...)
}

// splitFrame returns the first frame of data and what follows it; whole is false when
// the frame has not come to its end.
func splitFrame(data []byte) (op byte, payload, rest []byte, whole bool) {
	if len(data) < 2 {
		return 0, nil, data, false
	}
	length, head := int(data[1]&127), 2
	switch length {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(data) < head {
		return 0, nil, data, false
	}
	if head > 2 {
		length = 0
		for _, b := range data[2:head] {
			length = length<<8 | int(b)
		}
	}
	if len(data) < head+length {
		return 0, nil, data, false
	}
	return data[0] & 15, data[head : head+length], data[head+length:], true
}

// open starts connection number i.
func (l *load) open(i int) {
	c := l.connections[i]
	l.connecting++
	kind := syscall.SOCK_STREAM | syscall.SOCK_NONBLOCK | syscall.SOCK_CLOEXEC
	fd, err := syscall.Socket(syscall.AF_INET, kind, 0)
	c.fd = fd
	if err != nil {
		l.close(c, "socket: "+err.Error())
		return
	}
	syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	err = syscall.Connect(fd, &l.address)
	if err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		l.close(c, "connect: "+err.Error())
		return
	}
	for fd >= len(l.byFD) {
		l.byFD = append(l.byFD, make([]*connection, 4096)...)
	}
	l.byFD[fd] = c
	event := syscall.EpollEvent{Events: syscall.EPOLLOUT, Fd: int32(fd)}
	syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &event)
}

// close counts a connection that failed or that the hub has ended.
func (l *load) close(c *connection, why string) {
	if c.state == stateClosed {
		return
	}
	if c.state == stateLive {
		l.live--
	} else {
		l.connecting--
	}
	c.state = stateClosed
	l.closed++
	l.lastError = why
	if c.fd >= 0 {
		syscall.Close(c.fd)
	}
}

// closeAll ends what is still open, uncounted.
func (l *load) closeAll() {
	for _, c := range l.connections {
		if c.state != stateClosed && c.fd > 0 {
			syscall.Close(c.fd)
		}
	}
}

func (l *load) write(c *connection, data []byte) {
	if _, err := syscall.Write(c.fd, data); err != nil {
		l.close(c, "write: "+err.Error())
	}
}

// poll handles what is ready.  With a nap it then sleeps unless much was ready.
func (l *load) poll() {
	wait := 2 // ms
	if l.opts.nap > 0 {
		wait = 0
	}
	ready, err := syscall.EpollWait(l.epoll, l.events, wait)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		panic(err)
	}
	for _, event := range l.events[:max(ready, 0)] {
		c := l.byFD[event.Fd]
		switch c.state {
		case stateClosed:
		case stateTCP:
			l.onConnected(c)
		default:
			l.onReadable(c)
		}
	}
	if l.opts.nap > 0 && ready < len(l.events)/8 {
		nap := syscall.NsecToTimespec(int64(l.opts.nap))
		syscall.Nanosleep(&nap, nil)
	}
}

// pollUntil polls for as long as given, or until done says so.
func (l *load) pollUntil(limit time.Duration, done func() bool) {
	end := time.Now().Add(limit)
	for time.Now().Before(end) {
		if done != nil && done() {
			return
		}
		l.poll()
	}
}

func (l *load) onConnected(c *connection) {
	if code, _ := syscall.GetsockoptInt(c.fd, syscall.SOL_SOCKET, syscall.SO_ERROR); code != 0 {
		l.close(c, "connect: "+syscall.Errno(code).Error())
		return
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | edgeTriggered, Fd: int32(c.fd)}
	syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_MOD, c.fd, &event)
	c.state = stateHandshake
	l.write(c, l.handshake)
}

// onReadable reads once, or on while the buffer comes back full.
func (l *load) onReadable(c *connection) {
	for c.state != stateClosed {
		size, err := syscall.Read(c.fd, l.buffer)
		l.reads++
		if errors.Is(err, syscall.EAGAIN) {
			return
		}
		if err != nil {
			l.close(c, "read: "+err.Error())
			return
		}
		if size == 0 {
			l.close(c, "the hub closed the connection")
			return
		}
		l.onData(c, l.buffer[:size], nanoseconds())
		if size < len(l.buffer) {
			return
		}
	}
}

func (l *load) onData(c *connection, data []byte, now int64) {
	if len(c.rest) > 0 {
		data = append(c.rest, data...)
		c.rest = nil
	}
	if c.state == stateHandshake {
		end := bytes.Index(data, []byte("\r\n\r\n"))
		if end < 0 {
			c.rest = bytes.Clone(data)
			return
		}
		if !bytes.HasPrefix(data, []byte("HTTP/1.1 101")) {
			l.close(c, "handshake: "+string(data[:min(end, 80)]))
			return
		}
		data = data[end+4:]
		c.state = stateConnect
		l.write(c, textFrame([]byte(`{"id":1,"connect":{}}`)))
	}
	for c.state != stateClosed {
		op, payload, rest, whole := splitFrame(data)
		if !whole {
			break
		}
		data = rest
		switch op {
		case opText:
			l.onText(c, payload, now)
		case opClose:
			why := "closed by the hub"
			if len(payload) >= 2 {
				why = fmt.Sprintf("closed by the hub: %d %s", int(payload[0])<<8|int(payload[1]), payload[2:])
			}
			l.close(c, why)
		}
	}
	if len(data) > 0 && c.state != stateClosed {
		c.rest = bytes.Clone(data)
	}
}

func (l *load) onText(c *connection, text []byte, now int64) {
	if len(text) == 2 { // {} is a ping, and the answer to it
		l.pings++
		l.write(c, pongFrame)
		return
	}
	switch {
	case c.state == stateLive:
		l.onPublications(c, text, now)
	case c.state == stateConnect && bytes.Contains(text, []byte(`"connect":{`)):
		c.state = stateSubscribe
		l.write(c, l.subscribe)
	case c.state == stateSubscribe && bytes.Contains(text, []byte(`"subscribe":{`)):
		c.state = stateLive
		l.live++
		l.connecting--
	case bytes.Contains(text, []byte(`"error"`)):
		l.close(c, string(text))
	}
}

// onPublications counts the publications of one frame: there may be several.
func (l *load) onPublications(c *connection, text []byte, now int64) {
	for {
		at := bytes.Index(text, sentMark)
		if at < 0 {
			return
		}
		text = text[at+len(sentMark):]
		sent := leadingNumber(text)
		at = bytes.Index(text, numberMark)
		if at < 0 {
			return
		}
		text = text[at+len(numberMark):]
		number := leadingNumber(text)
		if number != c.number+1 {
			l.outOfOrder++
		}
		c.number = number
		l.deliveries++
		if l.measuring {
			l.latencies = append(l.latencies, now-sent)
		}
	}
}

func leadingNumber(text []byte) (value int64) {
	for len(text) > 0 && text[0] == ' ' {
		text = text[1:]
	}
	for _, b := range text {
		if b < '0' || b > '9' {
			break
		}
		value = value*10 + int64(b-'0')
	}
	return value
}

// latencyMS is a quantile of the sorted latencies.
func (l *load) latencyMS(quantile float64) float64 {
	if len(l.latencies) == 0 {
		return -1
	}
	at := min(len(l.latencies)-1, int(quantile*float64(len(l.latencies))))
	return round(float64(l.latencies[at])/1e6, 3)
}
