# Recurring work: every night a list of images is classified again, each by a call of control's :retry. The same bytes
# sent again would change nothing, since they are known.
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

variable "region" {
  description = "Region of the functions and of the schedule."
  type        = string
  default     = "europe-west1"
}

variable "archives" {
  description = "Zips of the functions, when `mvn package` was not run here."
  type        = map(string)
  default     = {}
}

variable "images" {
  description = "Hashes of the images, as answers to submissions gave them."
  type        = set(string)
  default     = ["fc898c685c70f36d349c985193d1121103966bad43aa69cb3d7114cb0430150f"]
}

provider "google" {
  project = var.project_id
}

module "whatsit" {
  source = "../.."

  project_id = var.project_id
  region     = var.region
  archives   = var.archives
}

# Who calls, and the one function that it may call.
resource "google_service_account" "cron" {
  project      = var.project_id
  account_id   = "whatsit-cron"
  display_name = "Runs images again"
}

resource "google_cloud_run_service_iam_member" "cron" {
  project  = var.project_id
  location = var.region
  service  = "whatsit-control"
  role     = "roles/run.invoker"
  member   = google_service_account.cron.member

  depends_on = [module.whatsit]
}

resource "google_cloud_scheduler_job" "again" {
  for_each = var.images

  project     = var.project_id
  region      = var.region
  name        = "whatsit-again-${substr(each.value, 0, 16)}"
  description = "Classifies an image again"
  schedule    = "0 3 * * *"
  time_zone   = "Etc/UTC"

  # 409: it is under way, and that is as good. The next night comes.
  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = "${module.whatsit.urls.control}/v1/images/${each.value}:retry"
    http_method = "POST"

    oidc_token {
      service_account_email = google_service_account.cron.email
      audience              = module.whatsit.urls.control
    }
  }
}
