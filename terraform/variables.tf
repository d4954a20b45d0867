variable "project_id" {
  description = "Google Cloud project that holds everything. Billing must be on."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id: 6 to 30 lower-case letters, digits or hyphens after a letter. Its number or its display name will not do."
  }
}

variable "region" {
  description = "Region of all that has one: functions, buckets, database, topics, schedule."
  type        = string
  default     = "europe-west1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be one region such as europe-west1, neither a zone (europe-west1-b) nor a multi-region (eu)."
  }
}

variable "name" {
  description = "Beginning of every name. A second deployment in the same project needs another one."
  type        = string
  default     = "whatsit"
  nullable    = false

  validation {
    # "-dead-letter" is the longest that is put behind it, and an account id has 30 characters at the most.
    condition     = can(regex("^[a-z]([a-z0-9-]{0,16}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 18 lower-case letters, digits or hyphens after a letter: what is made of it must fit into 30 characters."
  }
}

variable "labels" {
  description = "Labels on everything that can have some, beside app, deployment and managed-by."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "archives" {
  description = "Zip of a function where it is not the one that `mvn package` left, by the function's name."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.archives) : contains(keys(local.functions), name)])
    error_message = "archives names a function that there is not. There are: ${join(", ", keys(local.functions))}."
  }
}

variable "runtime" {
  description = "Runtime of every function."
  type        = string
  default     = "java25"
  nullable    = false

  validation {
    condition     = contains(["java17", "java21", "java25"], var.runtime)
    error_message = "runtime must be java17, java21 or java25: the code is Java 17 bytecode."
  }
}

variable "classifier" {
  description = "What classifies: vision, with the units that it may spend in a month, or onnx, the model that comes along."
  type = object({
    name          = optional(string, "vision")
    monthly_limit = optional(number, 1000)
    features      = optional(list(string), ["labels"])
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["vision", "onnx"], var.classifier.name)
    error_message = "classifier.name must be vision or onnx."
  }

  validation {
    condition     = var.classifier.monthly_limit >= 0 && floor(var.classifier.monthly_limit) == var.classifier.monthly_limit
    error_message = "classifier.monthly_limit must be a whole number of units from 0. There is no deployment without a ceiling: set it as high as you are ready to pay for."
  }

  validation {
    condition = length(var.classifier.features) > 0 && alltrue([
      for feature in var.classifier.features :
      contains(["labels", "safe_search", "text", "objects", "colours", "landmarks", "logos", "web"], feature)
    ])
    error_message = "classifier.features must name one or more of labels, safe_search, text, objects, colours, landmarks, logos, web. Each costs a unit an image."
  }
}

variable "times" {
  description = "Seconds that must follow each other, so that a claim outlives the call that made it, and a message outlives the claim."
  type = object({
    classifier      = optional(number, 60)
    function        = optional(number, 120)
    lease           = optional(number, 150)
    acknowledgement = optional(number, 180)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.times.classifier < var.times.function && var.times.function < var.times.lease && var.times.lease < var.times.acknowledgement
    error_message = "times must rise: classifier < function < lease < acknowledgement. Otherwise an image could be classified, and paid for, twice at the same time."
  }

  validation {
    condition     = var.times.classifier >= 1 && var.times.acknowledgement >= 10 && var.times.acknowledgement <= 600
    error_message = "times.classifier must be at least 1, times.acknowledgement from 10 to 600 (Pub/Sub's own limits)."
  }
}

variable "delivery" {
  description = "How work reaches classify: push, a subscription of our own with a dead-letter policy, or eventarc, which has none."
  type        = string
  default     = "push"
  nullable    = false

  validation {
    condition     = contains(["push", "eventarc"], var.delivery)
    error_message = "delivery must be push or eventarc; never both, every image would be classified twice."
  }
}

variable "sizes" {
  description = "What a function has instead of its own size in locals.tf, by the function's name."
  type = map(object({
    memory_mib    = optional(number)
    cpu           = optional(number)
    concurrency   = optional(number)
    timeout       = optional(number)
    min_instances = optional(number)
    max_instances = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.sizes) : contains(keys(local.functions), name)])
    error_message = "sizes names a function that there is not. There are: ${join(", ", keys(local.functions))}."
  }

  validation {
    condition     = try(var.sizes["classify"].timeout, null) == null
    error_message = "classify's timeout is times.function: set it there, so that the others can follow."
  }
}

variable "settings" {
  description = "Settings of the code beside its defaults, by their names in the README; each function gets those that it reads."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.settings) : contains(local.optional, name)])
    error_message = "settings has a name that no function reads, or that another variable sets. There are: ${join(", ", sort(local.optional))}."
  }
}

variable "invoker_members" {
  description = "Who may call upload, status, control and batch: user:…, group:…, serviceAccount:…, domain:…"
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = !anytrue([for member in var.invoker_members : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "invoker_members must not open the functions to everybody. If that is meant, say allow_unauthenticated = true, or front_door.public = true behind a load balancer."
  }

  validation {
    condition     = alltrue([for member in var.invoker_members : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):.+$", member))])
    error_message = "invoker_members must be members as IAM writes them, for example user:ada@example.com."
  }
}

variable "allow_unauthenticated" {
  description = "Let everybody on the internet call upload, status, control and batch directly, and spend your money."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.allow_unauthenticated && var.front_door != null)
    error_message = "With a front door nobody reaches the functions past it: leave allow_unauthenticated false and say front_door.public = true."
  }
}

variable "front_door" {
  description = "Load balancer with a domain, TLS and a rate limit before upload, status, control and batch; null for none. Either public, or for the members of iap."
  type = object({
    domains               = list(string)
    public                = optional(bool, false)
    iap_members           = optional(set(string), [])
    rate_limit_per_minute = optional(number, 600)
  })
  default = null

  validation {
    condition     = var.front_door == null ? true : length(var.front_door.domains) > 0 && alltrue([for domain in var.front_door.domains : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", domain))])
    error_message = "front_door.domains must name one or more domains such as api.example.com, without a scheme, a path or a star."
  }

  validation {
    condition     = var.front_door == null ? true : var.front_door.public != (length(var.front_door.iap_members) > 0)
    error_message = "A load balancer cannot prove itself to Cloud Run: say either front_door.public = true, and everybody may call, or name front_door.iap_members, and Identity-Aware Proxy lets those in."
  }

  validation {
    condition     = var.front_door == null ? true : var.front_door.rate_limit_per_minute >= 1
    error_message = "front_door.rate_limit_per_minute must be at least 1 request for each address."
  }
}

variable "deletion_protection" {
  description = "Refuse to destroy the database and a bucket with images in it."
  type        = bool
  default     = true
  nullable    = false
}

variable "backup_days" {
  description = "How long the daily backups of the database are kept; 0 makes none."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.backup_days >= 0 && var.backup_days <= 98
    error_message = "backup_days must be from 0 to 98, fourteen weeks (Firestore's limit)."
  }
}

variable "kms_key_name" {
  description = "Cloud KMS key, in the same region, for buckets, topics and database; null for Google's own keys. Cannot be changed for a database that there is."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_name == null || can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key_name))
    error_message = "kms_key_name must be the full name of a key in ${var.region}: projects/…/locations/${var.region}/keyRings/…/cryptoKeys/…"
  }
}

variable "alert_emails" {
  description = "Who is told of alerts. Without anybody they only show in the console."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "budget" {
  description = "Budget of the project, in the currency of its billing account; null makes none. It tells, it stops nothing."
  type = object({
    billing_account = string
    amount          = number
    currency        = optional(string)
  })
  default = null

  validation {
    condition     = var.budget == null ? true : can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account)) && var.budget.amount >= 1 && floor(var.budget.amount) == var.budget.amount
    error_message = "budget needs a billing_account such as 012345-6789AB-CDEF01 and an amount in whole units of its currency."
  }
}

variable "audit_logs" {
  description = "Log who reads and writes images, records and secrets. Every read of a function is a line too, and is billed."
  type        = bool
  default     = true
  nullable    = false
}

variable "github" {
  description = "Repository whose workflows may plan and apply this without a key; null for none."
  type = object({
    repository    = string
    repository_id = string
    owner_id      = string
    environment   = optional(string, "production")
    state_bucket  = string
  })
  default = null

  validation {
    condition     = var.github == null ? true : can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository)) && can(regex("^[0-9]+$", var.github.repository_id)) && can(regex("^[0-9]+$", var.github.owner_id))
    error_message = "github needs repository as owner/name, and the numbers repository_id and owner_id: `gh api repos/OWNER/NAME --jq '.id, .owner.id'`. Names can be taken by others, numbers cannot."
  }
}
