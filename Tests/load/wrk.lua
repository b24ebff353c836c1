-- Sends minted requests (`wix-emulator mint --format lines`) with wrk; see send_with_wrk in stack.bash.
-- Arguments: label, status of a success, file (each thread takes FILE.0, FILE.1, ...), once or cycle.
-- Prints one line: wrk LABEL REQUESTS FAILED RATE P50 P95 P99 MAX KINDS, times in milliseconds.

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

-- MARK: In each thread

local function now()
    local clock = io.popen("date +%s.%N")
    local text = clock:read("*l")
    clock:close()
    return tonumber(text)
end

function init(arguments)
    label, expected, cycle = arguments[1], tonumber(arguments[2]), arguments[4] == "cycle"
    file = assert(io.open(arguments[3] .. "." .. number, "r"))
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    begun, ended = false, false
    ready, position = {}, 0
end

local function next_request()
    if cycle and ended then
        position = position % #ready + 1
        return ready[position]
    end
    local line = file:read("*l")
    if not line then
        ended = now()
        if cycle then return next_request() end
        -- All are sent: this thread waits no longer, and wrk's main thread must not sleep on.
        wrk.thread:stop()
        -- Not os.execute, which ignores SIGINT meanwhile.
        io.popen("kill -INT $PPID"):close()
        return last
    end
    local path, digest, body = line:match("^POST\t([^\t]*)\t([^\t]*)\t(.*)$")
    wrk.headers["Digest"] = digest
    local text = wrk.format("POST", path, nil, body)
    if cycle then table.insert(ready, text) end
    return text
end

function request()
    if not begun then begun = now() end
    last = next_request()
    return last
end

-- MARK: In the end

function done(summary, latency, _)
    local seconds = summary.duration / 1e6
    local expected, label = threads[1]:get("expected"), threads[1]:get("label")
    local first, final
    for _, thread in ipairs(threads) do
        local from, to = thread:get("begun"), thread:get("ended")
        if from then first = math.min(first or from, from) end
        if to then final = math.max(final or to, to) end
    end
    if not threads[1]:get("cycle") and first and final then seconds = final - first end
    local errors = summary.errors
    local refused = errors.status
    if expected >= 400 then refused = summary.requests - errors.status end
    local lost = errors.connect + errors.read + errors.write + errors.timeout
    local kinds = string.format("status:%d,connect:%d,read:%d,write:%d,timeout:%d", refused, errors.connect,
        errors.read, errors.write, errors.timeout)
    io.write(string.format("wrk %s %d %d %.0f %.2f %.2f %.2f %.2f %s\n", label, summary.requests, refused + lost,
        summary.requests / seconds, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
        latency:percentile(99) / 1000, latency.max / 1000, kinds))
end
