// hub-load measures a hub that speaks Centrifugo's JSON WebSocket protocol under load.
//
// It opens many connections as fast as the hub takes them, subscribes each to one
// channel, publishes to it through POST /api/publish at a fixed rate and counts what
// arrives.  It starts no server and talks to loopback addresses only; every phase is
// bounded in count and time.  The result is one JSON object on standard output; the
// exit status is 0 when everything arrived, 1 when not, 2 for wrong arguments.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const connectLimit = 60 * time.Second

// options are the command line's, checked.
type options struct {
	address string // host:port of the WebSocket endpoint
	channel string

	connections int
	inFlight    int // connects under way at once
	publishers  int
	rate        float64 // publications per second
	size        int     // bytes of a publication's data
	warm        float64 // seconds published before the window
	seconds     float64 // length of the window
	settle      float64 // idle seconds before memory is read
	nap         time.Duration

	server serverProcesses
}

// result is what a run prints; units are in the names.
type result struct {
	Connections        int     `json:"connections"`
	Live               int     `json:"live"`
	ConnectS           float64 `json:"connect_s"`
	ConnectCPUS        float64 `json:"connect_cpu_s"`
	ConnectCPUSPer1k   float64 `json:"connect_cpu_s_per_1k"`
	RSSStartKB         int     `json:"rss_start_kb"`
	RSSConnectedKB     int     `json:"rss_connected_kb"`
	RSSSettledKB       int     `json:"rss_settled_kb"`
	RSSPerConnectionKB float64 `json:"rss_per_connection_kb"`
	*fanOut
	Closed    int      `json:"closed"`
	LastError string   `json:"last_error,omitempty"`
	Pings     int      `json:"pings"`
	Problems  []string `json:"problems"`
	OK        bool     `json:"ok"`
}

// fanOut is the part of a result that only a run with publications has.
type fanOut struct {
	Rate               float64 `json:"rate"`
	Published          int64   `json:"published"`
	PublishErrors      int64   `json:"publish_errors"`
	PublishLagMaxMS    float64 `json:"publish_lag_max_ms"`
	WindowS            float64 `json:"window_s"`
	Deliveries         int64   `json:"deliveries"`
	Missing            int64   `json:"missing"`
	OutOfOrder         *int64  `json:"out_of_order"`
	ServerCPUS         float64 `json:"server_cpu_s"`
	ServerCPUPct       float64 `json:"server_cpu_pct"`
	CPUUsPerDelivery   float64 `json:"cpu_us_per_delivery"`
	DeliveriesPerCPUS  int64   `json:"deliveries_per_cpu_s"`
	GeneratorCPUPct    float64 `json:"generator_cpu_pct"`
	LatencyP50MS       float64 `json:"latency_p50_ms"`
	LatencyP90MS       float64 `json:"latency_p90_ms"`
	LatencyP99MS       float64 `json:"latency_p99_ms"`
	LatencyMaxMS       float64 `json:"latency_max_ms"`
	ReadsPerDelivery   float64 `json:"reads_per_delivery"`
	RSSAfterDeliveryKB int     `json:"rss_after_delivery_kb"`
}

func main() {
	runtime.LockOSThread() // one thread reads every socket
	opts := parseOptions()
	raiseFileLimit()
	l, err := newLoad(opts)
	if err != nil {
		usage(err.Error())
	}
	r := &result{Connections: opts.connections, Problems: []string{}}
	connectAll(l, r)
	if opts.rate > 0 && r.Live > 0 {
		publishAndCount(l, r)
	}
	l.closeAll()
	r.Closed, r.Pings, r.LastError = l.closed, l.pings, l.lastError
	if r.Live < r.Connections {
		r.complain("only %d of %d connections were subscribed", r.Live, r.Connections)
	}
	if r.Closed > 0 {
		r.complain("%d connections were closed, the last because of: %s", r.Closed, r.LastError)
	}
	r.OK = len(r.Problems) == 0
	out, _ := json.Marshal(r)
	fmt.Println(string(out))
	for _, problem := range r.Problems {
		fmt.Fprintln(os.Stderr, "PROBLEM:", problem)
	}
	if !r.OK {
		os.Exit(1)
	}
}

func (r *result) complain(format string, values ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, values...))
}

// connectAll opens and subscribes every connection, then reads the hub's memory.
func connectAll(l *load, r *result) {
	opts := l.opts
	r.RSSStartKB = opts.server.rssKB()
	cpuBefore, began := opts.server.cpuSeconds(), time.Now()
	next := 0
	l.pollUntil(connectLimit, func() bool {
		for next < opts.connections && l.connecting < opts.inFlight {
			l.open(next)
			next++
		}
		return l.live+l.closed >= opts.connections
	})
	r.ConnectS = round(time.Since(began).Seconds(), 4)
	cpu := opts.server.cpuSeconds() - cpuBefore
	r.ConnectCPUS = round(cpu, 3)
	r.ConnectCPUSPer1k = round(cpu*1000/float64(opts.connections), 4)
	r.RSSConnectedKB = opts.server.rssKB()
	l.pollUntil(seconds(opts.settle), nil)
	r.RSSSettledKB = opts.server.rssKB()
	r.RSSPerConnectionKB = round(float64(r.RSSSettledKB-r.RSSStartKB)/float64(opts.connections), 2)
	r.Live = l.live
}

// publishAndCount publishes at the given rate and measures from the first publication
// after the warm-up until the last delivery has come.
func publishAndCount(l *load, r *result) {
	opts := l.opts
	p := newPublishing(opts)
	receivers := int64(l.live)
	l.latencies = make([]int64, 0, int64(p.total-p.first)*receivers+1024)
	go p.run()

	var windowBegan time.Time
	var cpuBefore, ownBefore float64
	var deliveriesBefore int64
	var allSent, complete bool
	quietSince := time.Now()
	seen := l.deliveries
	limit := time.Now().Add(seconds((opts.warm+opts.seconds)*2.5 + 10))
	for time.Now().Before(limit) && !complete {
		l.poll()
		select {
		case <-p.windowBegins:
			cpuBefore, ownBefore = opts.server.cpuSeconds(), ownCPUSeconds()
			deliveriesBefore, windowBegan = l.deliveries, time.Now()
			l.measuring = true
		case <-p.done:
			allSent = true
		default:
		}
		if l.deliveries != seen {
			seen, quietSince = l.deliveries, time.Now()
		}
		if allSent {
			complete = l.deliveries >= p.published.Load()*receivers
			if !complete && time.Since(quietSince) > 3*time.Second {
				break
			}
		}
	}
	f := &fanOut{Rate: opts.rate, Published: p.published.Load(), PublishErrors: p.errors.Load()}
	r.fanOut = f
	f.PublishLagMaxMS = round(float64(p.maxLag.Load())/1e6, 2)
	f.Missing = max(0, f.Published*receivers-l.deliveries)
	if opts.publishers == 1 {
		f.OutOfOrder = &l.outOfOrder
	}
	f.RSSAfterDeliveryKB = opts.server.rssKB()
	if !opts.server.alive() {
		r.complain("a counted process has ended: no CPU figures")
	} else if l.measuring {
		window := time.Since(windowBegan).Seconds()
		cpu, own := opts.server.cpuSeconds()-cpuBefore, ownCPUSeconds()-ownBefore
		f.WindowS = round(window, 3)
		f.Deliveries = l.deliveries - deliveriesBefore
		f.ServerCPUS = round(cpu, 3)
		f.ServerCPUPct = round(100*cpu/window, 1)
		f.GeneratorCPUPct = round(100*own/window, 1)
		if f.Deliveries > 0 {
			f.CPUUsPerDelivery = round(cpu*1e6/float64(f.Deliveries), 3)
		}
		if cpu > 0 {
			f.DeliveriesPerCPUS = int64(float64(f.Deliveries) / cpu)
		}
	}
	f.ReadsPerDelivery = round(float64(l.reads)/float64(max(l.deliveries, 1)), 3)
	slices.Sort(l.latencies)
	f.LatencyP50MS = l.latencyMS(0.5)
	f.LatencyP90MS = l.latencyMS(0.9)
	f.LatencyP99MS = l.latencyMS(0.99)
	f.LatencyMaxMS = l.latencyMS(1)

	if !allSent {
		r.complain("only %d of %d publications were made in time", f.Published, p.total)
	}
	if f.PublishErrors > 0 {
		r.complain("%d publications failed", f.PublishErrors)
	}
	if f.Missing > 0 {
		r.complain("%d deliveries are missing", f.Missing)
	}
	if f.OutOfOrder != nil && *f.OutOfOrder > 0 {
		r.complain("%d deliveries came out of order or after a gap", *f.OutOfOrder)
	}
}

func parseOptions() *options {
	o := &options{}
	flag.StringVar(&o.address, "address", "127.0.0.1:8000", "host:port of the hub")
	flag.StringVar(&o.channel, "channel", "chat:load", "channel to subscribe to")
	flag.IntVar(&o.connections, "connections", 1000, "connections, 1 to 50000")
	flag.IntVar(&o.inFlight, "in-flight", 256, "connects under way at once")
	flag.IntVar(&o.publishers, "publishers", 1, "publishers at once; above 1 the order is not checked")
	flag.Float64Var(&o.rate, "rate", 0, "publications per second; 0: only connect")
	flag.IntVar(&o.size, "size", 100, "bytes of a publication's data, 64 to 60000")
	flag.Float64Var(&o.warm, "warm", 2, "seconds of publishing before the window")
	flag.Float64Var(&o.seconds, "seconds", 10, "length of the window")
	flag.Float64Var(&o.settle, "settle", 1, "idle seconds before memory is read")
	nap := flag.Int("nap", 300, "microseconds slept between polls, so that a delivery does not cost the hub a wake-up")
	pids := flag.String("pid", "", "the hub's processes, comma separated")
	flag.Parse()
	o.nap = time.Duration(*nap) * time.Microsecond
	within("connections", float64(o.connections), 1, 50000)
	within("in-flight", float64(o.inFlight), 1, 10000)
	within("publishers", float64(o.publishers), 1, 64)
	within("rate", o.rate, 0, 10000)
	within("size", float64(o.size), 64, 60000)
	within("warm", o.warm, 0, 60)
	within("seconds", o.seconds, 1, 600)
	within("settle", o.settle, 0, 120)
	within("nap", float64(*nap), 0, 10000)
	if _, _, err := loopback(o.address); err != nil {
		usage(err.Error())
	}
	var err error
	if o.server, err = newServerProcesses(*pids); err != nil {
		usage(err.Error())
	}
	return o
}

// loopback takes host:port apart and refuses what is not an IPv4 loopback address.
func loopback(address string) (ip net.IP, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, 0, fmt.Errorf("not a host:port address: %s", address)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip = net.ParseIP(host).To4()
	if ip == nil || !ip.IsLoopback() {
		return nil, 0, fmt.Errorf("not an IPv4 loopback address: %s", address)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return nil, 0, fmt.Errorf("not a port: %s", text)
	}
	return ip, port, nil
}

func within(name string, value, low, high float64) {
	if value < low || value > high {
		usage(fmt.Sprintf("-%s: %g is not between %g and %g", name, value, low, high))
	}
}

func usage(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}

func raiseFileLimit() {
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	limit.Cur = limit.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func round(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}
