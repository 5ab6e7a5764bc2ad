package ui

import (
	"path"
	"strings"
)

// fileIcon gives the icon for the ending of a file's name.
func fileIcon(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "FilePdf"
	case ".jpg", ".jpeg", ".png", ".webp", ".heic":
		return "FileImage"
	case ".doc", ".docx", ".odt":
		return "FileWord"
	case ".xls", ".xlsx", ".ods":
		return "FileExcel"
	case ".csv":
		return "FileCsv"
	case ".json", ".geojson":
		return "FileJson"
	case ".mp4", ".mov", ".avi", ".webm":
		return "Video"
	case ".p7s":
		return "SealCheckmark"
	case ".txt":
		return "FileText"
	}
	return "File"
}
