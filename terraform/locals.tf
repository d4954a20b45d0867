locals {
  labels = merge(var.labels, {
    app        = "whatsit"
    deployment = var.name
    managed-by = "terraform"
  })

  agents = {
    firestore  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-firestore.iam.gserviceaccount.com"
    iap        = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"
    monitoring = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
    pubsub     = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    storage    = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
  }

  # What each function is, in one table of plain values; all else iterates over it. A test of the module
  # deployment compares it with the code.
  #
  #   entry_point        class that the platform builds
  #   event_entry_point  class in its place where Eventarc delivers instead of a push subscription
  #   access             http: for clients; event: for Pub/Sub; timer: for Cloud Scheduler
  #   listens            topic whose messages it is sent
  #   sets               settings that Terraform gives a value
  #   optional           settings that stay at the code's default unless var.settings says otherwise
  #   secrets            Secret Manager secrets, by the setting that holds the value
  #   publishes          topics that it may publish to
  #   reads, creates     areas of the image bucket (local.areas) that it reads, or creates objects in
  #   records            role on the database
  #   signs              whether it signs links, as itself
  #   puts_off           topic that it has Cloud Tasks publish to when something is due
  #   compiler           which of java_flags it starts with
  #   image_copies       its memory is at least: largest image × concurrency × this
  functions = {
    upload = {
      entry_point       = "dev.whatsit.upload.UploadFunction"
      event_entry_point = null
      access            = "http"
      listens           = null
      sets = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "WORK_TOPIC", "RESULTS_TOPIC",
        "PUBLIC_URL", "SCHEDULE_QUEUE", "SCHEDULE_ACCOUNT",
      ]
      optional = [
        "LOG_FORMAT", "CORS_ORIGINS", "MAX_WAITERS", "MAX_QUEUED", "MAX_IMAGE_BYTES", "MAX_IMAGE_PIXELS", "UPLOAD_BUDGET_BYTES", "UPLOAD_SECONDS",
        "OUTBOUND_PORTS", "OUTBOUND_SECONDS",
        "STORAGE_DEADLINE_SECONDS", "LINK_LIFETIME_SECONDS", "LINK_SERVICE_ACCOUNT",
      ]
      secrets       = {}
      publishes     = ["work", "results"]
      reads         = []
      creates       = ["images"]
      records       = "roles/datastore.user"
      signs         = false
      puts_off      = "work"
      compiler      = "late"
      memory_mib    = 1024
      cpu           = 1
      concurrency   = 16
      timeout       = 120
      max_instances = 20
      # The body, what the client library buffers of it, and as much again for the rest of the process.
      image_copies = 3
    }

    status = {
      entry_point       = "dev.whatsit.status.StatusFunction"
      event_entry_point = null
      access            = "http"
      listens           = null
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET"]
      optional          = ["LOG_FORMAT", "CORS_ORIGINS", "MAX_WAITERS", "STORAGE_DEADLINE_SECONDS", "LINK_LIFETIME_SECONDS", "LINK_SERVICE_ACCOUNT"]
      secrets           = {}
      publishes         = []
      reads             = ["images", "thumbnails"]
      creates           = []
      records           = "roles/datastore.viewer"
      signs             = true
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 40
      timeout           = 60
      max_instances     = 20
      image_copies      = 0
    }

    control = {
      entry_point       = "dev.whatsit.control.ControlFunction"
      event_entry_point = null
      access            = "http"
      listens           = null
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WORK_TOPIC", "RESULTS_TOPIC", "PUBLIC_URL"]
      optional          = ["LOG_FORMAT", "CORS_ORIGINS"]
      secrets           = {}
      publishes         = ["work", "results"]
      reads             = []
      creates           = []
      records           = "roles/datastore.user"
      signs             = false
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 40
      timeout           = 60
      max_instances     = 5
      image_copies      = 0
    }

    batch = {
      entry_point       = "dev.whatsit.batch.BatchFunction"
      event_entry_point = null
      access            = "http"
      listens           = null
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "FETCH_TOPIC", "RESULTS_TOPIC", "PUBLIC_URL"]
      optional          = ["LOG_FORMAT", "CORS_ORIGINS", "MAX_QUEUED", "OUTBOUND_PORTS", "BATCH_RETENTION_DAYS"]
      secrets           = {}
      publishes         = ["fetches", "results"]
      reads             = []
      creates           = []
      records           = "roles/datastore.user"
      signs             = false
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 16
      timeout           = 60
      max_instances     = 5
      image_copies      = 0
    }

    classify = {
      entry_point       = "dev.whatsit.classify.ClassifyPushFunction"
      event_entry_point = "dev.whatsit.classify.ClassifyFunction"
      access            = "event"
      listens           = "work"
      sets = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "DEAD_LETTER_TOPIC", "RESULTS_TOPIC",
        "CLASSIFIER", "VISION_FEATURES", "VISION_MONTHLY_LIMIT",
        "CLASSIFIER_DEADLINE_SECONDS", "FUNCTION_TIMEOUT_SECONDS", "LEASE_SECONDS", "ACK_DEADLINE_SECONDS",
      ]
      optional = [
        "LOG_FORMAT", "MAX_ATTEMPTS", "MIN_CONFIDENCE", "MAX_ANNOTATIONS", "VISION_ENDPOINT",
        "LABELS", "DETECTOR", "WHATSIT_MODEL", "WHATSIT_LABELS", "MODEL_OUTPUT", "MODEL_MEAN", "MODEL_STD",
        "MODEL_BACKGROUND", "ONNX_THREADS", "ONNX_CONCURRENCY", "DECODE_BUDGET_BYTES", "DECODE_SECONDS",
        "STORAGE_DEADLINE_SECONDS", "LINK_LIFETIME_SECONDS", "LINK_SERVICE_ACCOUNT",
      ]
      secrets       = {}
      publishes     = ["dead-letters", "results"]
      reads         = ["images"]
      creates       = []
      records       = "roles/datastore.user"
      signs         = false
      puts_off      = null
      compiler      = "quick"
      memory_mib    = 512
      cpu           = 1
      concurrency   = 8
      timeout       = 120
      max_instances = 10
      # Vision reads the bucket itself: no image's bytes come here. See classify_onnx.
      image_copies = 0
    }

    thumbnail = {
      entry_point       = "dev.whatsit.thumbnail.ThumbnailPushFunction"
      event_entry_point = "dev.whatsit.thumbnail.ThumbnailFunction"
      access            = "event"
      listens           = "work"
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET"]
      optional = [
        "LOG_FORMAT", "THUMBNAIL_SIZES", "THUMBNAIL_BUDGET_BYTES", "DECODE_SECONDS",
        "STORAGE_DEADLINE_SECONDS", "LINK_LIFETIME_SECONDS", "LINK_SERVICE_ACCOUNT",
      ]
      secrets       = {}
      publishes     = []
      reads         = ["images"]
      creates       = ["thumbnails"]
      records       = "roles/datastore.user"
      signs         = false
      puts_off      = null
      compiler      = "late"
      memory_mib    = 1024
      cpu           = 1
      concurrency   = 2
      timeout       = 120
      max_instances = 10
      # The file, what is decoded of it, and what libwebp takes beside the heap.
      image_copies = 20
    }

    dead-letter = {
      entry_point       = "dev.whatsit.deadletter.DeadLetterPushFunction"
      event_entry_point = null
      access            = "event"
      listens           = "dead-letters"
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC"]
      optional          = ["LOG_FORMAT"]
      secrets           = {}
      publishes         = ["results"]
      reads             = []
      creates           = []
      records           = "roles/datastore.user"
      signs             = false
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 8
      timeout           = 60
      max_instances     = 2
      image_copies      = 0
    }

    notify = {
      entry_point       = "dev.whatsit.notify.NotifyPushFunction"
      event_entry_point = null
      access            = "event"
      listens           = "results"
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC", "SCHEDULE_QUEUE", "SCHEDULE_ACCOUNT"]
      optional          = ["LOG_FORMAT", "CALLBACK_RETENTION_DAYS", "OUTBOUND_PORTS", "OUTBOUND_SECONDS"]
      # A version must be there before the function is: docs/deploy.md.
      secrets       = { CALLBACK_SECRETS = "callback-secrets" }
      publishes     = ["results"]
      reads         = []
      creates       = []
      records       = "roles/datastore.user"
      signs         = false
      puts_off      = "results"
      compiler      = "quick"
      memory_mib    = 512
      cpu           = 1
      concurrency   = 16
      timeout       = 60
      max_instances = 5
      image_copies  = 0
    }

    fetch = {
      entry_point       = "dev.whatsit.fetch.FetchPushFunction"
      event_entry_point = null
      access            = "event"
      listens           = "fetches"
      sets = [
        "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "WORK_TOPIC", "DEAD_LETTER_TOPIC", "RESULTS_TOPIC",
      ]
      optional = [
        "LOG_FORMAT", "MAX_QUEUED", "MAX_IMAGE_BYTES", "MAX_IMAGE_PIXELS", "FETCH_ATTEMPTS", "FETCH_BUDGET_BYTES",
        "OUTBOUND_PORTS", "OUTBOUND_SECONDS",
        "STORAGE_DEADLINE_SECONDS", "LINK_LIFETIME_SECONDS", "LINK_SERVICE_ACCOUNT",
      ]
      secrets       = {}
      publishes     = ["work", "dead-letters", "results"]
      reads         = []
      creates       = ["images"]
      records       = "roles/datastore.user"
      signs         = false
      puts_off      = null
      compiler      = "late"
      memory_mib    = 1024
      cpu           = 1
      concurrency   = 8
      timeout       = 120
      max_instances = 10
      # As upload: the image, what the client library buffers of it, and as much again.
      image_copies = 3
    }

    progress = {
      entry_point       = "dev.whatsit.progress.ProgressPushFunction"
      event_entry_point = null
      access            = "event"
      listens           = "results"
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC"]
      optional          = ["LOG_FORMAT"]
      secrets           = {}
      publishes         = ["results"]
      reads             = []
      creates           = []
      records           = "roles/datastore.user"
      signs             = false
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 16
      timeout           = 60
      max_instances     = 5
      image_copies      = 0
    }

    sweep = {
      entry_point       = "dev.whatsit.sweep.SweepFunction"
      event_entry_point = null
      access            = "timer"
      listens           = null
      sets              = ["GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WORK_TOPIC", "RESULTS_TOPIC", "FETCH_TOPIC"]
      optional          = ["LOG_FORMAT", "SWEEP_LIMIT", "SWEEP_TIME_SECONDS"]
      secrets           = {}
      publishes         = ["work", "results", "fetches"]
      reads             = []
      creates           = []
      records           = "roles/datastore.user"
      signs             = false
      puts_off          = null
      compiler          = "quick"
      memory_mib        = 512
      cpu               = 1
      concurrency       = 1
      timeout           = 60
      max_instances     = 1
      image_copies      = 0
    }
  }

  # For a quick start, as measured (README, "Cold start"): quick compiles once, late compiles well only what is used long.
  java_flags = {
    quick = "-XX:TieredStopAtLevel=1"
    late  = "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
  }

  # Classify with a model of its own decodes pictures, and a decoded one is many times its file.
  classify_onnx = { memory_mib = 2048, cpu = 2, concurrency = 4, image_copies = 20 }

  # Prefixes in the image bucket, by their names here.
  areas = { images = "images/", thumbnails = "thumbnails/" }

  # What is counted in the log: the classes that write it, any of these messages, the labels that tell lines apart, and
  # the label whose number is added up (null where lines are counted) with its unit. The same test looks for each in
  # the code.
  logged = {
    uploads = {
      says     = "Images that were accepted, and those that were known"
      function = "upload"
      loggers  = ["dev.whatsit.upload.UploadHandler"]
      messages = ["accepted", "deduplicated"]
      labels   = []
      value    = null
      unit     = "1"
    }
    outcomes = {
      says     = "What became of deliveries to classify"
      function = "classify"
      loggers  = ["dev.whatsit.classify.ClassifyImage"]
      messages = [
        "classified", "failed", "put off", "will be tried again", "superseded", "dead-lettered: attempts exhausted",
        "dead-lettered: too old", "dead-lettered: unreadable",
      ]
      labels = ["code", "reason"]
      value  = null
      unit   = "1"
    }
    durations = {
      says     = "Milliseconds from submission to result, of first runs"
      function = "classify"
      loggers  = ["dev.whatsit.classify.ClassifyImage"]
      messages = ["classified"]
      labels   = []
      value    = "since_submission_ms"
      unit     = "ms"
    }
    vision_units = {
      says     = "Units of Cloud Vision that instances of classify reserved"
      function = "classify"
      loggers  = ["dev.whatsit.classifier.vision.MonthlyUnits"]
      messages = ["units reserved"]
      labels   = []
      value    = "units"
      unit     = "1"
    }
    ceiling_near = {
      says     = "Instances of classify that reserved units beyond 80 % of the month's ceiling"
      function = "classify"
      loggers  = ["dev.whatsit.classifier.vision.MonthlyUnits"]
      messages = ["spending near the ceiling"]
      labels   = []
      value    = null
      unit     = "1"
    }
    fetches = {
      says     = "What became of images that items of batches name by their URL"
      function = "fetch"
      loggers  = ["dev.whatsit.fetch.ProcessBatchItem"]
      messages = ["fetched", "not fetched", "will be fetched again", "fetch put off", "comes again", "given up"]
      labels   = ["code"]
      value    = null
      unit     = "1"
    }
    callbacks = {
      says     = "What became of tries to tell a receiver"
      function = "notify"
      loggers  = ["dev.whatsit.notify.DeliverCallback"]
      messages = [
        "callback received", "callback stopped", "callback will be tried again", "callback put off", "callback given up",
      ]
      labels = ["code"]
      value  = null
      unit   = "1"
    }
    overdue = {
      says     = "Images, callbacks and items of batches that the sweep found overdue"
      function = "sweep"
      loggers  = ["dev.whatsit.sweep.SweepOverdue", "dev.whatsit.sweep.SweepCallbacks", "dev.whatsit.sweep.SweepBatches"]
      messages = ["swept", "swept callbacks", "swept batches"]
      labels   = ["more"]
      value    = "found"
      unit     = "1"
    }
    not_taken_up = {
      says     = "Images, callbacks and items of batches that the sweep found and could not have carried on"
      function = "sweep"
      loggers  = ["dev.whatsit.sweep.SweepOverdue", "dev.whatsit.sweep.SweepCallbacks", "dev.whatsit.sweep.SweepBatches"]
      messages = ["cannot publish again", "cannot send a callback again", "cannot take up again"]
      labels   = []
      value    = null
      unit     = "1"
    }
  }

  # What the platform is told beside the settings. LOG_EXECUTION_ID would be added by the platform itself, and
  # then taken away by the next apply.
  platform_environment = {
    JAVA_TOOL_OPTIONS = "-XX:MaxRAMPercentage=60"
    LOG_EXECUTION_ID  = "true"
  }
  # Without it the buildpack installs an invoker of the 1.x line.
  build_environment = { USE_JAVA_FF_2 = "true" }

  # Values of what functions "set", but for PUBLIC_URL, which is known after status, and SCHEDULE_ACCOUNT, which is
  # another for each topic.
  values = {
    GOOGLE_CLOUD_PROJECT        = var.project_id
    FIRESTORE_DATABASE          = google_firestore_database.this.name
    IMAGE_BUCKET                = google_storage_bucket.images.name
    WORK_TOPIC                  = google_pubsub_topic.this["work"].name
    DEAD_LETTER_TOPIC           = google_pubsub_topic.this["dead-letters"].name
    SCHEDULE_QUEUE              = google_cloud_tasks_queue.later.id
    FETCH_TOPIC                 = google_pubsub_topic.this["fetches"].name
    RESULTS_TOPIC               = google_pubsub_topic.this["results"].name
    CLASSIFIER                  = var.classifier.name
    VISION_FEATURES             = var.classifier.name == "vision" ? join(",", var.classifier.features) : null
    VISION_MONTHLY_LIMIT        = var.classifier.name == "vision" ? var.classifier.monthly_limit : null
    CLASSIFIER_DEADLINE_SECONDS = var.times.classifier
    FUNCTION_TIMEOUT_SECONDS    = var.times.function
    LEASE_SECONDS               = var.times.lease
    ACK_DEADLINE_SECONDS        = var.times.acknowledgement
  }

  http_functions = toset([for name, function in local.functions : name if function.access == "http"])
  secrets        = toset(flatten([for function in values(local.functions) : values(function.secrets)]))
  optional       = toset(flatten([for function in values(local.functions) : function.optional]))

  # In bytes, as the code has it where nothing is said.
  largest_image = tonumber(lookup(var.settings, "MAX_IMAGE_BYTES", "20971520"))
}
