;;; completion.el --- ghost text comes as a completion  -*- lexical-binding: t -*-

(require 'client)

(it-run
 (let ((before (it-text)) at)
   (search-forward "self.indent = ")
   (setq at (point))
   (pcase-let ((`(,start ,end ,table . ,_) (eglot-completion-at-point)))
     (it-equal (list start end) (list at at))
     (it-equal (length (all-completions "" table)) 1))
   (completion-at-point)
   (let ((written (buffer-substring-no-properties at (line-end-position))))
     (unless (> (length written) 0) (error "Nothing was written"))
     (princ (format "written: %s\n" written))
     (delete-region at (line-end-position))
     (it-equal (it-text) before))))
;;; completion.el ends here
