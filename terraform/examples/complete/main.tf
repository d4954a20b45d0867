# Everything that there is: a domain for everybody, a key of one's own, alerts, a budget, deployment from GitHub.
terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
  }
}

variable "project_id" {
  description = "Google Cloud project."
  type        = string
}

variable "archives" {
  description = "Zips of the functions, when `mvn package` was not run here."
  type        = map(string)
  default     = {}
}

provider "google" {
  project = var.project_id

  # The budget belongs to a billing account, whose API wants a project to count the call for.
  billing_project       = var.project_id
  user_project_override = true
}

module "whatsit" {
  source = "../.."

  project_id = var.project_id
  archives   = var.archives
  name       = "whatsit-prod"
  region     = "europe-west4"
  labels     = { cost-centre = "pictures" }

  classifier = { monthly_limit = 100000, features = ["labels", "safe_search", "objects"] }
  settings   = { MIN_CONFIDENCE = "0.5", MAX_IMAGE_BYTES = "10485760" }
  sizes = {
    upload   = { min_instances = 1, max_instances = 50 }
    classify = { max_instances = 40 }
  }

  front_door = {
    domains               = ["images.example.com"]
    public                = true
    rate_limit_per_minute = 300
  }

  kms_key_name = "projects/${var.project_id}/locations/europe-west4/keyRings/whatsit/cryptoKeys/data"
  backup_days  = 35
  alert_emails = ["on-call@example.com"]
  budget       = { billing_account = "012345-6789AB-CDEF01", amount = 500 }

  github = {
    repository    = "example/whatsit"
    repository_id = "123456789"
    owner_id      = "987654"
    state_bucket  = "example-terraform-state"
  }
}

output "curl" {
  description = "Sends the sample photo."
  value       = module.whatsit.curl
}

output "front_door_address" {
  description = "Address that images.example.com must point at."
  value       = module.whatsit.front_door_address
}

output "github" {
  description = "Variables of the GitHub repository."
  value       = module.whatsit.github
}
