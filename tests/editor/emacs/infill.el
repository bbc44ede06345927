;;; infill.el --- a region is filled by the code action, and one undo takes it back  -*- lexical-binding: t -*-

(require 'client)

(it-run
 (let ((before (it-text)) first last)
   (search-forward "😀\", ")
   (setq first (point))
   (end-of-line)
   (setq last (- (point-max) (1- (point)))) ; the bracket stays
   (undo-boundary)
   (it-choose "^editdiff: infill selection" first (- (point-max) last))
   (it-await "the line to change" (lambda () (not (equal (it-text) before))))
   (it-equal (substring (it-text) 0 (1- first)) (substring before 0 (1- first)))
   (it-equal (substring (it-text) (- last)) (substring before (- last)))
   (princ (format "filled: %s\n" (buffer-substring first (- (point-max) last))))
   (undo-boundary)
   (setq last-command nil)
   (undo)
   (it-equal (it-text) before)))
;;; infill.el ends here
