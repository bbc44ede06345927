-- A line is filled by the code action: the line alone changes, behind an emoji too, and one undo takes it back.
local it = dofile(vim.env.EDITOR_TEST_SCRIPTS .. '/client.lua')

it.run(function()
  local client = it.attach(vim.env.EDITOR_TEST_DOCUMENT, { drafts = 8 })
  it.equal(client.offset_encoding, 'utf-16')
  local before = vim.api.nvim_buf_get_lines(0, 0, -1, true)
  local number = vim.fn.search('😀', 'w')
  assert(number > 0, 'no line to fill')
  local line = before[number]
  local first = line:find('count') - 1 -- bytes before the region

  local offered
  vim.ui.select = function(items, options, choose)
    offered = vim.tbl_map(options.format_item, items)
    choose(items[1])
  end
  vim.lsp.buf.range_code_action({}, { number, first }, { number, #line - 2 }) -- the bracket stays
  it.await('the code action', function() return offered end)
  it.equal(offered, { 'editdiff: infill selection', 'editdiff: revise selection' })
  it.await('the line to change', function()
    return vim.api.nvim_buf_get_lines(0, number - 1, number, true)[1] ~= line
  end)

  local after = vim.api.nvim_buf_get_lines(0, 0, -1, true)
  local grown = #after - #before
  local filled = table.concat(vim.list_slice(after, number, number + grown), '\n')
  it.equal(filled:sub(1, first), line:sub(1, first))
  it.equal(filled:sub(-1), ')')
  it.equal(vim.list_slice(after, 1, number - 1), vim.list_slice(before, 1, number - 1))
  it.equal(vim.list_slice(after, number + grown + 1), vim.list_slice(before, number + 1))
  io.stdout:write('filled: ' .. filled .. '\n')

  vim.cmd('undo')
  it.equal(vim.api.nvim_buf_get_lines(0, 0, -1, true), before)
end)
