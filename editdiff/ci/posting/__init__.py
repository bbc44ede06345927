"""What a run proposes as a review: comments with suggestions on GitHub, GitLab, Gitea and Forgejo.

    target.py     which pull request of which host, and the token: all from the environment
    client.py     asking a host: limits of rate waited for, failures as one sentence
    lines.py      the lines that a host shows of the change, and where a fix stands in them
    writing.py    the bodies of comments, and the mark by which they are known again
    standing.py   what is there already, and so what is posted, what withdrawn
    review.py     a review, whatever the host
    github.py, gitlab.py, gitea.py    the requests of each host
    post.py       the entry: `post(proposed, where, client, keep)`

A host refuses comments on lines that it does not show, so the lines are asked of it, and not worked out by git
here: a shallow clone, another merge base or a file that is too large to be shown would disagree.
"""
