-- Sends minted requests (`wix-emulator mint --format lines`) with wrk; see send_with_wrk in stack.bash.
-- Arguments: label, status of a success, file (each thread takes FILE.0, FILE.1, ...), once or cycle, threads.
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
    path, senders = arguments[3], tonumber(arguments[5])
    file = assert(io.open(path .. "." .. number, "r"))
    os.remove(path .. "." .. number .. ".ended")
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    ready, position = {}, 0
    promised, sent, answered = {}, 0, 0
    is_read, ended = false, false
    -- wrk calls `request` of the first thread once before it starts, to look at what it gets.
    is_trial = number == 0
    if not cycle then
        delay, response = delay_once, response_once
    end
end

-- A line of the file as a request; nil after the last.
local function read_request()
    local line = file:read("*l")
    if not line then return nil end
    local target, digest, body = line:match("^POST\t([^\t]*)\t([^\t]*)\t(.*)$")
    wrk.headers["Digest"] = digest
    return wrk.format("POST", target, nil, body)
end

local function next_of_cycle()
    local text = not ended and read_request()
    if text then
        table.insert(ready, text)
        return text
    end
    ended = true
    position = position % #ready + 1
    return ready[position]
end

function request()
    if is_trial then
        is_trial = false
        local text = read_request()
        file:seek("set")
        return text
    end
    if cycle then return next_of_cycle() end
    sent = sent + 1
    -- Not promised by `delay_once`: the connection was lost. The last one is a repeat if there is no other.
    last = table.remove(promised) or read_request() or last
    return last
end

-- MARK: Once each

local parked_milliseconds = 3600 * 1000

-- Whether the other threads have their answers too; threads know of each other by files alone.
local function is_last()
    io.open(path .. "." .. number .. ".ended", "w"):close()
    for thread = 0, senders - 1 do
        local mark = io.open(path .. "." .. thread .. ".ended", "r")
        if not mark then return false end
        mark:close()
    end
    return true
end

-- With the last answer this thread ends, and wrk's main thread must not sleep on.
local function finish_if_done()
    if ended or not is_read or #promised > 0 or answered < sent then return end
    ended = now()
    wrk.thread:stop()
    -- Not os.execute, which ignores SIGINT meanwhile. Not at once: a short round is over before wrk's main thread
    -- sleeps, and a signal that comes before that wakes nobody.
    if is_last() then io.popen("{ sleep 0.3; kill -INT $PPID; } >/dev/null &"):close() end
end

-- Called before each `request`: with nothing left to send, the connection waits for the end.
function delay_once()
    if not begun then begun = now() end
    local text = read_request()
    if not text then
        is_read = true
        finish_if_done()
        return parked_milliseconds
    end
    table.insert(promised, text)
    return 0
end

function response_once()
    answered = answered + 1
    finish_if_done()
end

-- MARK: In the end

function done(summary, latency, _)
    local seconds = summary.duration / 1e6
    local expected, label = threads[1]:get("expected"), threads[1]:get("label")
    local first, final
    for _, thread in ipairs(threads[1]:get("cycle") and {} or threads) do
        local from, to = thread:get("begun"), thread:get("ended")
        if from then first = math.min(first or from, from) end
        if to then final = math.max(final or to, to) end
    end
    if first and final then seconds = final - first end
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
