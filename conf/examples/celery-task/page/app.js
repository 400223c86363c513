import {jobs} from '/common/job.js'

jobs({})
