-- What the scripts share: a document with the server attached, and an exit code that is the verdict.
local M = {}

--- Wait for a condition; an error names `what` when it does not come true in `limit` milliseconds.
function M.await(what, condition, limit)
  assert(vim.wait(limit or 30000, condition, 20), 'waited in vain for ' .. what)
end

function M.equal(found, expected)
  if not vim.deep_equal(found, expected) then
    error('expected ' .. vim.inspect(expected) .. '\nfound ' .. vim.inspect(found), 2)
  end
end

--- The text of the buffer, its last line break included.
function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n') .. '\n'
end

--- Open `path` and give the client of a server that is ready.
function M.attach(path, options)
  vim.cmd('edit ' .. path)
  vim.bo.filetype = 'python'
  local id = vim.lsp.start_client {
    name = 'editdiff',
    cmd = vim.split(vim.env.EDITOR_TEST_SERVER, '\n'),
    root_dir = vim.fn.fnamemodify(path, ':h'),
    init_options = options,
  }
  assert(id, 'the server did not start')
  vim.lsp.buf_attach_client(0, id)
  local client = vim.lsp.get_client_by_id(id)
  M.await('the handshake', function() return client.initialized end)
  return client
end

--- Run `script`, stop the servers, and leave with 0, or with 1 and the error on standard error.
function M.run(script)
  local ok, message = xpcall(script, debug.traceback)
  local clients = vim.lsp.get_active_clients()
  for _, client in ipairs(clients) do client.stop() end
  local stopped = vim.wait(10000, function()
    return #vim.tbl_filter(function(client) return not client.is_stopped() end, clients) == 0
  end, 20)
  if ok and not stopped then
    ok, message = false, 'the server did not answer the shutdown'
  end
  if not ok then io.stderr:write(message .. '\n') end
  vim.cmd(ok and 'qall!' or 'cquit 1')
end

return M
