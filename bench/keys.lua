-- Sends each request with the next key of a file, one key a line.
local requests, place = {}, 0

function init(args)
  for key in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. key })
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end
