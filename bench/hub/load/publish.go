package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// publishing sends a fixed number of publications through the hub's HTTP API on a fixed
// schedule (open loop): one that is late is sent at once.
type publishing struct {
	opts  *options
	total int
	first int // number of the first publication after the warm-up
	every time.Duration
	began time.Time

	client       http.Client
	windowBegins chan struct{}
	done         chan struct{}
	published    atomic.Int64
	errors       atomic.Int64
	maxLag       atomic.Int64 // ns that a publication was behind its schedule
}

func newPublishing(opts *options) *publishing {
	return &publishing{
		opts:         opts,
		total:        int((opts.warm + opts.seconds) * opts.rate),
		first:        int(opts.warm * opts.rate),
		every:        seconds(1 / opts.rate),
		client:       http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		windowBegins: make(chan struct{}, 1),
		done:         make(chan struct{}, 1),
	}
}

func (p *publishing) run() {
	p.began = time.Now()
	var publishers sync.WaitGroup
	for offset := range p.opts.publishers {
		publishers.Add(1)
		go func() {
			defer publishers.Done()
			for i := offset; i < p.total; i += p.opts.publishers {
				p.publish(i)
			}
		}()
	}
	publishers.Wait()
	p.done <- struct{}{}
}

// publish waits for its turn and sends publication number i, counted from 0.
func (p *publishing) publish(i int) {
	at := p.began.Add(time.Duration(i) * p.every)
	time.Sleep(time.Until(at))
	for lag := int64(time.Since(at)); ; {
		known := p.maxLag.Load()
		if lag <= known || p.maxLag.CompareAndSwap(known, lag) {
			break
		}
	}
	if i == p.first {
		p.windowBegins <- struct{}{}
	}
	data := fmt.Sprintf(`{"sent_ns":%d,"number":%d,"pad":"`, nanoseconds(), i+1)
	data += strings.Repeat("x", max(0, p.opts.size-len(data)-2)) + `"}`
	body := strings.NewReader(`{"channel":"` + p.opts.channel + `","data":` + data + `}`)
	request, err := http.NewRequest("POST", "http://"+p.opts.address+"/api/publish", body)
	if err != nil {
		p.failed(err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		p.failed(err)
		return
	}
	answer, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"error"`)) {
		p.failed(fmt.Errorf("status %d: %s", response.StatusCode, answer))
		return
	}
	p.published.Add(1)
}

// failed counts a failure and shows the first few.
func (p *publishing) failed(err error) {
	if p.errors.Add(1) <= 5 {
		fmt.Fprintln(os.Stderr, "publish:", err)
	}
}
