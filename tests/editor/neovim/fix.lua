-- What does not parse is reported, mended by the quick fix, and reported no more.
local it = dofile(vim.env.EDITOR_TEST_SCRIPTS .. '/client.lua')

it.run(function()
  it.attach(vim.env.EDITOR_TEST_DOCUMENT)
  local before = it.text()
  it.await('a diagnostic', function() return #vim.diagnostic.get(0) > 0 end)
  local reported = vim.diagnostic.get(0)[1]
  io.stdout:write('reported: ' .. reported.message .. '\n')

  vim.ui.select = function(items, options, choose)
    for _, item in ipairs(items) do
      local title = options.format_item(item)  -- the line itself, where it was looked for already
      if title:find('^editdiff: fix') or title:find('^editdiff: .*height%):$') then
        return choose(item)
      end
    end
    error('no fix among ' .. vim.inspect(vim.tbl_map(options.format_item, items)))
  end
  vim.api.nvim_win_set_cursor(0, { reported.lnum + 1, reported.col })
  vim.lsp.buf.code_action { context = { only = { 'quickfix' } } }
  it.await('the document to change', function() return it.text() ~= before end)
  it.equal(it.text(), (before:gsub('height\n', 'height):\n', 1)))
  it.await('the report to go', function() return #vim.diagnostic.get(0) == 0 end)
end)
