// Who you are, and a job.

import {$, myself, renamed} from '/common/page.js'
import {jobs} from '/common/job.js'

renamed(jobs({auth: myself()}))

$('identity').onsubmit = (event) => {
  event.preventDefault()
  $('name').blur()
}
